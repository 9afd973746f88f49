// SPDX-License-Identifier: Apache-2.0

import Privacy
import Testing

@Suite("Conversions on the safe side")
struct SafeConversionTests {
    /// The largest ρ for (ε, δ), to 22 digits: the formula of Canonne, Kamath and Steinke 2020,
    /// Proposition 12, minimised and solved with fifty-digit arithmetic.
    static let limits: [(epsilon: String, delta: String, rho: String)] = [
        ("0.001", "1e-15", "1.096450644260107922441e-8"),
        ("0.001", "1e-9", "2.547197698213541740144e-8"),
        ("0.001", "1e-4", "3.489597901275861565669e-7"),
        ("0.001", "0.05", "0.003481112735895157721497"),
        ("0.001", "0.5", "0.3863524508049499984187"),
        ("0.01", "1e-15", "9.993549175865273261987e-7"),
        ("0.01", "1e-9", "0.000002095434396255942704202"),
        ("0.01", "1e-4", "0.00001199708284445920296019"),
        ("0.01", "0.05", "0.004214391855426091802738"),
        ("0.01", "0.5", "0.3917253581829860948436"),
        ("0.1", "1e-15", "0.00009164914569595506254164"),
        ("0.1", "1e-9", "0.0001771384471850208647851"),
        ("0.1", "1e-4", "0.0006482111650527049442859"),
        ("0.1", "0.05", "0.01311226237865003510056"),
        ("0.1", "0.5", "0.4458287435699526239213"),
        ("1", "1e-15", "0.008351074725787278787139"),
        ("1", "1e-9", "0.01497305767358852576029"),
        ("1", "1e-4", "0.04063274939291084384759"),
        ("1", "0.05", "0.1878686821607326866923"),
        ("1", "0.5", "1.01636434203787487589"),
        ("10", "1e-15", "0.6872575435475368562558"),
        ("10", "1e-9", "1.090785704397015620552"),
        ("10", "1e-4", "2.117148825783588895228"),
        ("10", "0.05", "4.34237017085032837167"),
        ("10", "0.5", "7.783914610035021119154"),
        ("100", "1e-15", "33.42441350700909762174"),
        ("100", "1e-9", "42.38021172189306437086"),
        ("100", "1e-4", "56.47850776525362523167"),
        ("100", "0.05", "73.10826216433611273397"),
        ("100", "0.5", "87.8840601425494338801"),
        ("1000", "1e-15", "693.1502651935208355764"),
        ("1000", "1e-9", "753.0342615219485238325"),
        ("1000", "1e-4", "828.5856821531989383373"),
        ("1000", "0.05", "900.0343939395063345343"),
        ("1000", "0.5", "953.2268175212498492585"),
    ]

    @Test("the largest rho is below the true limit by less than two parts in a thousand million")
    func largestRho() throws {
        for limit in Self.limits {
            let epsilon = try #require(Rational(limit.epsilon))
            let delta = try #require(Rational(limit.delta))
            let truth = try #require(Rational(limit.rho))
            let found = ZeroConcentrated.largestRho(epsilon: epsilon, delta: delta).value
            #expect(found <= truth, "epsilon \(limit.epsilon), delta \(limit.delta)")
            let least = truth * Rational(numerator: 999_999_998, denominator: 1_000_000_000)
            #expect(found >= least, "epsilon \(limit.epsilon), delta \(limit.delta)")
        }
    }

    @Test("at the true limit, epsilon and delta are reported from above and closely")
    func fromAbove() throws {
        for limit in Self.limits {
            let rho = Rho(try #require(Rational(limit.rho)))
            let delta = try #require(Rational(limit.delta))
            let epsilon = try #require(Rational(limit.epsilon))
            let foundDelta = try #require(
                Rational(exactly: ZeroConcentrated.delta(rho: rho, epsilon: epsilon)))
            let foundEpsilon = try #require(
                Rational(exactly: ZeroConcentrated.epsilon(rho: rho, delta: delta)))
            // The reference has 22 digits, so it may be off by one part in 10^21.
            let exact = 1 - Rational(numerator: 1, denominator: 1_000_000_000_000_000_000)
            let close = 1 + Rational(numerator: 2, denominator: 1_000_000)
            #expect(foundDelta >= delta * exact && foundDelta <= delta * close)
            #expect(foundEpsilon >= epsilon * exact && foundEpsilon <= epsilon * close)
        }
    }

    @Test("a delta far below the binary fractions converts as closely, both ways")
    func tinyDelta() throws {
        for row in ReferenceTables.tinyDeltaRho {
            let (epsilon, delta) = (
                try #require(Rational(row.epsilon)), try #require(Rational(row.delta))
            )
            let truth = try #require(Rational(row.rho))
            let found = ZeroConcentrated.epsilon(rho: Rho(truth), delta: delta)
            let known = Double(epsilon, rounding: .down)
            #expect(found >= known * (1 - 1e-15) && found <= known * (1 + 1e-9), "\(row)")
            let rho = ZeroConcentrated.largestRho(epsilon: epsilon, delta: delta).value
            #expect(rho <= truth)
            // δ itself is reported as at least 1e-300, so below that the way back is not searched.
            guard try #require(Double(row.delta)) > 1e-299 else { continue }
            #expect(rho >= truth * Rational(numerator: 999_999_998, denominator: 1_000_000_000))
        }
    }

    @Test("a budget bought for a cap, converted back, is never above the cap")
    func roundTrip() throws {
        var caps = 0
        for mantissa in 1...9 {
            for exponent in -3...2 {
                let epsilon = try #require(Rational("\(mantissa)e\(exponent)"))
                for delta in ["1e-15", "1e-12", "3e-9", "1e-6", "0.001", "0.25", "0.5"] {
                    let delta = try #require(Rational(delta))
                    let rho = ZeroConcentrated.largestRho(epsilon: epsilon, delta: delta)
                    #expect(rho > .zero)
                    let found = ZeroConcentrated.delta(rho: rho, epsilon: epsilon)
                    #expect(try #require(Rational(exactly: found)) <= delta)
                    let back = ZeroConcentrated.epsilon(rho: rho, delta: delta)
                    #expect(try #require(Rational(exactly: back)) <= epsilon)
                    caps += 1
                }
            }
        }
        #expect(caps == 9 * 6 * 7)
    }

    @Test("more rho means more epsilon and more delta; more delta means less epsilon")
    func monotone() {
        var earlier = (epsilon: 0.0, delta: 0.0)
        for step in 0..<80 {
            let rho = Double(1 << (step / 4)) * (1 + Double(step % 4) / 4) * 1e-5
            let epsilon = ZeroConcentrated.epsilon(rho: rho, delta: 1e-9)
            let delta = ZeroConcentrated.delta(rho: rho, epsilon: 1)
            #expect(epsilon > earlier.epsilon)
            #expect(delta >= earlier.delta)
            #expect(delta <= 1)
            #expect(ZeroConcentrated.epsilon(rho: rho, delta: 1e-6) < epsilon)
            earlier = (epsilon, delta)
        }
    }
}
