// SPDX-License-Identifier: Apache-2.0

/// Functions of one number, the same to the bit on every machine.
extension Numbers {
    /// The natural logarithm; −∞ at 0.
    static func log(_ value: Double) -> Double { Lanes(repeating: value).logarithm[0] }

    /// The exponential; 0 below −708.
    static func exp(_ value: Double) -> Double { Lanes(repeating: value).exponential[0] }

    /// A whole power, by multiplication.
    static func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { product, _ in product * base }
    }

    /// cos πx for x in 0...1, by Taylor's polynomial of the sine about ½.
    static func cosineOfPi(times x: Double) -> Double {
        let angle = (0.5 - x) * Double.pi
        let square = angle * angle
        var sum = 1.0
        for term in stride(from: 18.0, through: 2, by: -2) {
            sum = 1 - sum * square / (term * (term + 1))
        }
        return angle * sum
    }
}
