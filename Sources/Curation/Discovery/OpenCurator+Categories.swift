// SPDX-License-Identifier: Apache-2.0

public import Privacy
import Streams
public import Tables

/// A category that a mechanism named, with its noisy count.
public struct NoisyCategory: Sendable, Hashable {
    /// Its text; the decimal text of a whole number.
    public let text: [UInt8]
    /// Its number of records with discrete Gaussian noise, at least the threshold.
    public let count: Int64
}

/// The categories of an open column that stood out.
public struct NoisyCategories: Sendable, Hashable {
    /// The categories, by descending count; those of equal count by their text.
    public let categories: [NoisyCategory]
    /// What they cost.
    public let charge: Charge
}

extension OpenCurator {
    /// Bits of the hash by which an attribute's categories are counted; 0 where they are numbers.
    ///
    /// - Parameter domain: The attribute's domain.
    public static func keyBits(_ domain: OpenDomain) -> Int {
        domain.hasTexts ? textKeyBits : 0
    }

    /// Bits of the hash by which texts are counted.
    public static var textKeyBits: Int { Token.hashBits }

    /// Names the categories of an attribute that many records of the training part have.
    ///
    /// Privacy: `plan.cost`. Each record adds one to the count of at most one category, and a unit has at most
    /// k records, which is what `ThresholdPlan` asks; its proof is there. What is named depends on the
    /// noisy counts alone: the `mostKeys` largest, and among equal ones those of the smaller hash, which is
    /// independent of the records. Missing values, texts that cannot be categories, and numbers
    /// that are not whole are no keys.
    ///
    /// - Parameters:
    ///   - attribute: The attribute; its domain is open and asks for categories.
    ///   - plan: Noise and threshold; of sensitivity `unitRows`, and for texts of `keyBits` bits.
    ///   - grant: Pays; consumed whole, also when the query is refused.
    /// - Returns: The categories.
    /// - Throws: `CurationError`; nothing was released then.
    /// - Complexity: Sorts the training part's values, in 64 MiB and a temporary file.
    public borrowing func categories(
        of attribute: Int, plan: ThresholdPlan, grant: consuming PrivacyGrant
    ) throws(CurationError) -> NoisyCategories {
        let open: Int
        do throws(CurationError) {
            try Part.training.requirePaid(by: grant.scope)
            open = try self.open(attribute)
            guard case .categories = domains[open].discovery,
                plan.noise.sensitivity == unitRows,
                plan.keyBits == Self.keyBits(domains[open])
            else { throw CurationError.query("the plan is not one for the attribute's categories") }
        } catch {
            grant.burn()
            throw error
        }
        let noise: NoiseSource
        do {
            noise = try NoiseSource()
        } catch {
            grant.burn()
            throw .noise(error)
        }
        var run: ThresholdedCounts
        do {
            run = try ThresholdedCounts(plan, noise: noise, paying: grant)
        } catch {
            throw .grant(error)
        }
        var top = LargestKeys(most: plan.mostKeys)
        do {
            try eachKey(open) { keys in
                for (place, noisy) in run.named(among: keys.map(\.count)) {
                    top.insert(keys[place].key, noisy)
                }
            }
            return NoisyCategories(
                categories: try texts(of: top.keys, open: open), charge: run.charge)
        } catch {
            throw .stream(error)
        }
    }

    /// The exact counts of the tokens that occur in the training part, batch by batch, each token once.
    func eachKey(
        _ open: Int, _ body: ([KeyCount<UInt128>]) -> Void
    ) throws(StreamError) {
        try training.sparseTallies(
            of: [layout.words(open: open)], recoding: nil, workers: workers
        ) { (_, entries: [KeyCount<UInt128>]) throws(StreamError) in
            body(entries.filter { Token(key: $0.key).isValue })
        }
    }

    /// The texts of named tokens.
    func texts(
        of keys: [(key: UInt128, noisy: Int64)], open: Int
    ) throws(StreamError) -> [NoisyCategory] {
        var named: [NoisyCategory] = []
        if let spill = spills[open] {
            let texts = try spill.texts(of: Set(keys.map(\.key)))
            for (key, noisy) in keys {
                guard let text = texts[key] else { continue }
                named.append(NoisyCategory(text: text, count: noisy))
            }
        } else {
            named = keys.map {
                NoisyCategory(
                    text: Array(String(Token(key: $0.key).number.value).utf8), count: $0.noisy)
            }
        }
        return named.sorted {
            $0.count != $1.count
                ? $0.count > $1.count : $0.text.lexicographicallyPrecedes($1.text)
        }
    }
}

/// The keys of the largest noisy counts, as many as may be named.
struct LargestKeys {
    private let most: Int
    /// A heap: none is larger than the two at twice its place.
    private var heap: [(key: UInt128, noisy: Int64)] = []

    init(most: Int) { self.most = most }

    /// The keys, in no meaningful order.
    var keys: [(key: UInt128, noisy: Int64)] { heap }

    /// Whether one key gives way to another: it has the smaller count, or the larger hash of equal counts.
    private static func yields(
        _ one: (key: UInt128, noisy: Int64), _ other: (key: UInt128, noisy: Int64)
    ) -> Bool {
        one.noisy != other.noisy ? one.noisy < other.noisy : one.key > other.key
    }

    mutating func insert(_ key: UInt128, _ noisy: Int64) {
        let entry = (key: key, noisy: noisy)
        if heap.count < most {
            heap.append(entry)
            var place = heap.count - 1
            while place > 0, Self.yields(heap[place], heap[(place - 1) / 2]) {
                heap.swapAt(place, (place - 1) / 2)
                place = (place - 1) / 2
            }
            return
        }
        guard Self.yields(heap[0], entry) else { return }
        heap[0] = entry
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, Self.yields(heap[child + 1], heap[child]) { child += 1 }
            guard Self.yields(heap[child], heap[place]) else { return }
            heap.swapAt(place, child)
            place = child
        }
    }
}
