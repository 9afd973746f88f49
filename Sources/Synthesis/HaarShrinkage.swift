// SPDX-License-Identifier: Apache-2.0

/// Averages neighbouring cells as far as noise explains their differences: translation-invariant Haar shrinkage
/// (Coifman and Donoho 1995) with hard thresholds.
enum HaarShrinkage {
    private static let levels = 6
    /// Differences below this many standard deviations of their noise are noise.
    private static let threshold = 2.5

    /// The values without the differences that noise explains.
    ///
    /// They are continued by their mirror image, so that both ends have neighbours.
    ///
    /// - Parameters:
    ///   - values: Noisy values of cells that follow each other.
    ///   - sigma: The standard deviation of the noise of each.
    /// - Returns: As many values. Complexity: O(values).
    static func denoised(_ values: ArraySlice<Double>, sigma: Double) -> [Double] {
        let mirrored = Array(values) + values.reversed()
        var length = 1
        while length < mirrored.count { length *= 2 }
        var means = (0..<length).map { mirrored[$0 % mirrored.count] }
        var details: [[Double]] = []
        var step = 1
        while details.count < levels, step < length {
            let next = means.indices.map { means[($0 + step) % length] }
            details.append(zip(means, next).map { ($0 - $1) / 2 })
            means = zip(means, next).map { ($0 + $1) / 2 }
            step *= 2
        }
        for detail in details.reversed() {
            step /= 2
            // Of the difference of two means of `step` values, halved.
            let deviation = sigma * (2 / Double(step)).squareRoot() / 2
            let kept = detail.map { abs($0) > threshold * deviation ? $0 : 0 }
            // Each value is the first of one pair and the second of another.
            means = means.indices.map { index in
                let before = (index + length - step) % length
                return (means[index] + kept[index] + means[before] - kept[before]) / 2
            }
        }
        return Array(means[0..<values.count])
    }
}
