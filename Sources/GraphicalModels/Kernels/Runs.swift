// SPDX-License-Identifier: Apache-2.0

/// How entries that fall into one cell become one.
protocol Reduction: SendableMetatype {
    static var identity: Double { get }
    static func join(_ left: Lanes, _ right: Lanes) -> Lanes
    static func join(_ left: Double, _ right: Double) -> Double
    static func joined(_ lanes: Lanes) -> Double
}

enum Sum: Reduction {
    static var identity: Double { 0 }
    @inline(__always) static func join(_ left: Lanes, _ right: Lanes) -> Lanes { left + right }
    @inline(__always) static func join(_ left: Double, _ right: Double) -> Double { left + right }
    @inline(__always) static func joined(_ lanes: Lanes) -> Double { lanes.total }
}

enum Maximum: Reduction {
    static var identity: Double { -.infinity }
    @inline(__always) static func join(_ left: Lanes, _ right: Lanes) -> Lanes {
        left.maximum(right)
    }
    @inline(__always) static func join(_ left: Double, _ right: Double) -> Double {
        right > left ? right : left
    }
    @inline(__always) static func joined(_ lanes: Lanes) -> Double { lanes.greatest }
}

/// What a value does to every cell that falls into it.
protocol Spread: SendableMetatype {
    static func apply(_ cell: Lanes, _ value: Lanes) -> Lanes
    static func apply(_ cell: Double, _ value: Double) -> Double
}

enum Addition: Spread {
    @inline(__always) static func apply(_ cell: Lanes, _ value: Lanes) -> Lanes { cell + value }
    @inline(__always) static func apply(_ cell: Double, _ value: Double) -> Double { cell + value }
}

enum Multiplication: Spread {
    @inline(__always) static func apply(_ cell: Lanes, _ value: Lanes) -> Lanes { cell * value }
    @inline(__always) static func apply(_ cell: Double, _ value: Double) -> Double { cell * value }
}

enum Assignment: Spread {
    @inline(__always) static func apply(_ cell: Lanes, _ value: Lanes) -> Lanes { value }
    @inline(__always) static func apply(_ cell: Double, _ value: Double) -> Double { value }
}

enum Subtraction: Spread {
    @inline(__always) static func apply(_ cell: Lanes, _ value: Lanes) -> Lanes { cell - value }
    @inline(__always) static func apply(_ cell: Double, _ value: Double) -> Double { cell - value }
}

/// Loops over contiguous runs of numbers, eight at a time.
///
/// Unsafe, because these loops are where the time goes and a check of every index stops the compiler from
/// keeping eight numbers in registers. Callers promise that each pointer has `count` numbers. Orders of
/// summation depend on `count` alone, so that results are equal on every machine.
enum Runs {
    /// Eight numbers from anywhere.
    @inline(__always)
    static func load(_ pointer: UnsafePointer<Double>, _ index: Int) -> Lanes {
        unsafe UnsafeRawPointer(pointer + index).loadUnaligned(as: Lanes.self)
    }

    @inline(__always)
    static func store(_ lanes: Lanes, _ pointer: UnsafeMutablePointer<Double>, _ index: Int) {
        unsafe UnsafeMutableRawPointer(pointer + index).storeBytes(of: lanes, as: Lanes.self)
    }

    /// All numbers of a run in one.
    @inline(__always)
    static func reduce<R: Reduction>(
        _: R.Type, _ source: UnsafePointer<Double>, count: Int
    ) -> Double {
        var result = R.identity
        var index = 0
        if count >= 8 {
            var lanes = Lanes(repeating: R.identity)
            while index + 8 <= count {
                lanes = R.join(lanes, unsafe load(source, index))
                index += 8
            }
            result = R.joined(lanes)
        }
        while index < count {
            result = R.join(result, unsafe source[index])
            index += 1
        }
        return result
    }

    /// Joins each number of a run with the target's at its place.
    @inline(__always)
    static func join<R: Reduction>(
        _: R.Type, _ source: UnsafePointer<Double>, into target: UnsafeMutablePointer<Double>,
        count: Int
    ) {
        var index = 0
        while index + 8 <= count {
            unsafe store(R.join(load(target, index), load(source, index)), target, index)
            index += 8
        }
        while index < count {
            unsafe target[index] = R.join(target[index], source[index])
            index += 1
        }
    }

    /// Applies the value at each place to the cell at the same place.
    @inline(__always)
    static func spread<S: Spread>(
        _: S.Type, _ values: UnsafePointer<Double>, onto cells: UnsafeMutablePointer<Double>,
        count: Int
    ) {
        var index = 0
        while index + 8 <= count {
            unsafe store(S.apply(load(cells, index), load(values, index)), cells, index)
            index += 8
        }
        while index < count {
            unsafe cells[index] = S.apply(cells[index], values[index])
            index += 1
        }
    }

    /// Applies one value to every cell of a run.
    @inline(__always)
    static func spread<S: Spread>(
        _: S.Type, _ value: Double, onto cells: UnsafeMutablePointer<Double>, count: Int
    ) {
        let lanes = Lanes(repeating: value)
        var index = 0
        while index + 8 <= count {
            unsafe store(S.apply(load(cells, index), lanes), cells, index)
            index += 8
        }
        while index < count {
            unsafe cells[index] = S.apply(cells[index], value)
            index += 1
        }
    }

    /// Applies a function to every number of a run.
    @inline(__always)
    static func map(
        _ numbers: UnsafeMutablePointer<Double>, count: Int, _ function: (Lanes) -> Lanes
    ) {
        var index = 0
        while index + 8 <= count {
            unsafe store(function(load(numbers, index)), numbers, index)
            index += 8
        }
        guard index < count else { return }
        var lanes = Lanes(repeating: 1)
        for place in index..<count { lanes[place - index] = unsafe numbers[place] }
        lanes = function(lanes)
        for place in index..<count { unsafe numbers[place] = lanes[place - index] }
    }

    /// The inner product of two runs.
    static func inner(
        _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, count: Int
    ) -> Double {
        var lanes = Lanes()
        var index = 0
        while index + 8 <= count {
            lanes += unsafe load(left, index) * load(right, index)
            index += 8
        }
        var sum = lanes.total
        while index < count {
            sum += unsafe left[index] * right[index]
            index += 1
        }
        return sum
    }

    /// Adds a multiple of a run to another one.
    static func add(
        _ factor: Double, _ source: UnsafePointer<Double>,
        to target: UnsafeMutablePointer<Double>, count: Int
    ) {
        var index = 0
        while index + 8 <= count {
            unsafe store(load(target, index) + factor * load(source, index), target, index)
            index += 8
        }
        while index < count {
            unsafe target[index] += factor * source[index]
            index += 1
        }
    }
}
