// SPDX-License-Identifier: Apache-2.0

/// The standard normal distribution, equal to the last bit on every machine.
enum NormalLaw {
    /// The probability below a number: Hart's rational approximation as West (2005) gives it, about fifteen digits.
    static func cumulative(_ x: Double) -> Double {
        let distance = abs(x)
        guard distance < 37 else { return x > 0 ? 1 : 0 }
        let density = Lanes(repeating: -distance * distance / 2).exponential[0]
        let tail: Double
        if distance < 7.07106781186547 {
            tail =
                density
                * polynomial(
                    distance,
                    [
                        3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383,
                        112.079291497871, 221.213596169931, 220.206867912376,
                    ])
                / polynomial(
                    distance,
                    [
                        8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461,
                        296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752,
                    ])
        } else {
            let inner = distance + 2 / (distance + 3 / (distance + 4 / (distance + 0.65)))
            tail = density / (distance + 1 / inner) / 2.506628274631
        }
        return x > 0 ? 1 - tail : tail
    }

    /// The number below which there is a probability; −∞ at 0 and ∞ at 1.
    static func quantile(_ probability: Double) -> Double {
        guard probability > 0 else { return -.infinity }
        guard probability < 1 else { return .infinity }
        return quantiles(Lanes(repeating: probability))[0]
    }

    /// Eight quantiles at once, of probabilities between 0 and 1: algorithm AS 241 (Wichura 1988), about
    /// sixteen digits.
    @inline(__always)
    static func quantiles(_ probability: Lanes) -> Lanes {
        let centred = probability - 0.5
        let isCentral = absolute(centred) .<= 0.425
        let square = Lanes(repeating: 0.180625) - centred * centred
        var central = polynomial(square, centralAbove) / polynomial(square, centralBelow)
        central = centred * central
        if all(isCentral) { return central }
        let isLow = centred .< 0
        let smaller = (Lanes(repeating: 1) - probability).replacing(with: probability, where: isLow)
        let root = (-smaller.logarithm).squareRoot()
        let isNear = root .<= 5
        let near = root - 1.6
        let far = root - 5
        let tail = (polynomial(far, farAbove) / polynomial(far, farBelow))
            .replacing(
                with: polynomial(near, nearAbove) / polynomial(near, nearBelow), where: isNear)
        let signed = tail.replacing(with: -tail, where: isLow)
        return signed.replacing(with: central, where: isCentral)
    }

    @inline(__always)
    private static func absolute(_ lanes: Lanes) -> Lanes {
        lanes.replacing(with: -lanes, where: lanes .< 0)
    }

    /// Coefficients from the highest power down.
    private static func polynomial(_ x: Double, _ coefficients: [Double]) -> Double {
        coefficients.reduce(0) { $0 * x + $1 }
    }

    @inline(__always)
    private static func polynomial(_ x: Lanes, _ c: SIMD8<Double>) -> Lanes {
        var sum = x * c[0] + Lanes(repeating: c[1])
        sum = sum * x + Lanes(repeating: c[2])
        sum = sum * x + Lanes(repeating: c[3])
        sum = sum * x + Lanes(repeating: c[4])
        sum = sum * x + Lanes(repeating: c[5])
        sum = sum * x + Lanes(repeating: c[6])
        return sum * x + Lanes(repeating: c[7])
    }

    private static let centralAbove = SIMD8<Double>(
        2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
        4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
        1.3314166789178437745e2, 3.3871328727963666080)
    private static let centralBelow = SIMD8<Double>(
        5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4,
        2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2,
        4.2313330701600911252e1, 1)
    private static let nearAbove = SIMD8<Double>(
        7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
        1.27045825245236838258, 3.64784832476320460504, 5.76949722146069140550,
        4.63033784615654529590, 1.42343711074968357734)
    private static let nearBelow = SIMD8<Double>(
        1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
        1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940,
        2.05319162663775882187, 1)
    private static let farAbove = SIMD8<Double>(
        2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
        2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580,
        5.46378491116411436990, 6.65790464350110377720)
    private static let farBelow = SIMD8<Double>(
        2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
        7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
        5.99832206555887937690e-1, 1)
}
