// SPDX-License-Identifier: Apache-2.0

/// Functions of many numbers, equal to the last bit on every machine and with any number of threads.
enum Numbers {
    /// What a thread takes at a time.
    private static let part = 1 << 15

    /// The natural logarithm of each number; −∞ at 0.
    static func logarithms(_ values: [Double]) -> [Double] {
        var result = values
        map(&result, crew: Crew(workers: 1)) { $0.logarithm }
        return result
    }

    /// The exponential of each number; 0 below −708.
    static func exponentials(_ values: [Double]) -> [Double] {
        var result = values
        exponentiate(&result, crew: Crew(workers: 1))
        return result
    }

    /// Puts the exponential of each number in its place.
    static func exponentiate(_ values: inout [Double], crew: Crew) {
        map(&values, crew: crew) { $0.exponential }
    }

    @inline(__always)
    private static func map(
        _ values: inout [Double], crew: Crew, _ function: @Sendable (Lanes) -> Lanes
    ) {
        let count = values.count
        unsafe values.withUnsafeMutableBufferPointer { values in
            guard let base = values.baseAddress else { return }
            let numbers = unsafe SharedNumbers(base: base)
            crew.perform((count + part - 1) / part) { index in
                // In bounds, and apart from the other parts.
                let start = index * part
                unsafe Runs.map(
                    numbers.base + start, count: min(part, count - start), function)
            }
        }
    }

    /// Numbers that threads share part by part.
    @unsafe private struct SharedNumbers: @unchecked Sendable {
        let base: UnsafeMutablePointer<Double>
    }

    /// The inner product, summed in one order.
    static func inner(_ left: [Double], _ right: [Double]) -> Double {
        precondition(left.count == right.count)
        return unsafe left.withUnsafeBufferPointer { left in
            unsafe right.withUnsafeBufferPointer { right in
                guard let first = left.baseAddress, let second = right.baseAddress else { return 0 }
                // In bounds: both have as many numbers.
                return unsafe Runs.inner(first, second, count: left.count)
            }
        }
    }

    /// Adds a multiple of some numbers to others.
    static func add(_ factor: Double, _ values: [Double], to sums: inout [Double]) {
        precondition(values.count == sums.count)
        unsafe values.withUnsafeBufferPointer { values in
            unsafe sums.withUnsafeMutableBufferPointer { sums in
                guard let source = values.baseAddress, let target = sums.baseAddress else { return }
                // In bounds: both have as many numbers.
                unsafe Runs.add(factor, source, to: target, count: values.count)
            }
        }
    }
}
