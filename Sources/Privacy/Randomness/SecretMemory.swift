// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Memory for keys and unread random words, in pages of its own.
///
/// The system empties the pages in the child of a fork and leaves them out of core dumps; they are kept
/// from the swap where the limits of the process allow it. The owner wipes them when it dies.
@safe
struct SecretMemory: ~Copyable, @unchecked Sendable {
    // Safe and sendable although it holds a pointer: the value cannot be copied, so the pages have one
    // owner, and every access checks its place.
    private let words: UnsafeMutablePointer<UInt64>
    let count: Int

    /// Maps zeroed pages.
    ///
    /// - Parameter count: The number of 64-bit words, at least one.
    init(count: Int) {
        let size = count * MemoryLayout<UInt64>.stride
        let pages = unsafe mmap(
            nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard unsafe pages != MAP_FAILED, let pages = unsafe pages else {
            fatalError("no memory for the key of the noise")
        }
        // Refused by kernels before 4.14; the owner compares process numbers as well.
        unsafe madvise(pages, size, MADV_WIPEONFORK)
        unsafe madvise(pages, size, MADV_DONTDUMP)
        unsafe mlock(pages, size)
        // The size is that of the mapping, which is aligned to pages and zeroed.
        unsafe words = pages.bindMemory(to: UInt64.self, capacity: count)
        self.count = count
    }

    deinit {
        let size = count * MemoryLayout<UInt64>.stride
        // explicit_bzero is not optimised away; the size is that of the mapping.
        unsafe explicit_bzero(words, size)
        unsafe munmap(words, size)
    }

    subscript(index: Int) -> UInt64 {
        @inline(__always) get {
            precondition(index >= 0 && index < count, "within the memory")
            return unsafe words[index]
        }
        @inline(__always) nonmutating set {
            precondition(index >= 0 && index < count, "within the memory")
            unsafe words[index] = newValue
        }
    }

    /// The word at `index`, replaced by zero.
    @inline(__always)
    func take(_ index: Int) -> UInt64 {
        let word = self[index]
        self[index] = 0
        return word
    }

    /// Lends the words from `start` on to C.
    ///
    /// - Parameters:
    ///   - start: The first word lent.
    ///   - count: The number of words that the body may touch.
    ///   - body: Gets the address of the first.
    /// - Returns: What the body returns.
    func lend<Result>(
        from start: Int, count: Int, _ body: (UnsafeMutableRawPointer) -> Result
    ) -> Result {
        precondition(start >= 0 && count >= 0 && start + count <= self.count, "within the memory")
        // In bounds by the check above, for a body that keeps to its promise.
        return unsafe body(UnsafeMutableRawPointer(words + start))
    }
}
