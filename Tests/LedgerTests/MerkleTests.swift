// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Ledger

@Suite("Merkle tree over the entries")
struct MerkleTests {
    private func tree(_ count: Int) -> MerkleTree {
        var tree = MerkleTree()
        for index in 0..<count { tree.append("entry \(index)") }
        return tree
    }

    private func hex(_ hash: MerkleHash) -> String {
        hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("roots are those of RFC 6962's own test vectors")
    func vectors() {
        // The leaves and roots of certificate-transparency's merkletree tests.
        let leaves: [[UInt8]] = [
            [], [0], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
            Array(0x50...0x57), Array(0x60...0x6f),
        ]
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        var tree = MerkleTree()
        #expect(
            hex(tree.root) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        for (leaf, root) in zip(leaves, roots) {
            tree.append(String(decoding: leaf, as: UTF8.self))
            #expect(hex(tree.root) == root)
        }
        #expect(tree.root(ofFirst: 3).count == 32)
        #expect(hex(tree.root(ofFirst: 5)) == roots[4])
    }

    @Test("every entry of every tree up to 40 entries is proved, and nothing else is")
    func inclusion() {
        for size in 1...40 {
            let tree = tree(size)
            for index in 0..<size {
                let proof = tree.inclusionProof(of: index)
                func holds(
                    _ body: String, _ index: Int, _ size: Int, _ proof: [MerkleHash]
                ) -> Bool {
                    MerkleProof.isIncluded(
                        body, at: index, ofTree: size, by: proof, root: tree.root)
                }
                #expect(holds("entry \(index)", index, size, proof))
                #expect(!holds("entry x", index, size, proof))
                #expect(!holds("entry \(index)", index + 1, size, proof))
                #expect(!holds("entry \(index)", index, size, proof + [tree.root]))
                if !proof.isEmpty {
                    #expect(!holds("entry \(index)", index, size, Array(proof.dropLast())))
                    #expect(!holds("entry \(index)", index, size, proof.reversed() + [tree.root]))
                }
            }
        }
    }

    @Test("every tree up to 40 entries is shown to continue each of its beginnings, and no other")
    func consistency() {
        for size in 1...40 {
            let later = tree(size)
            for first in 1...size {
                let proof = later.consistencyProof(from: first)
                let earlier = later.root(ofFirst: first)
                func holds(_ root: MerkleHash, _ proof: [MerkleHash]) -> Bool {
                    MerkleProof.isContinuation(
                        (first, root), by: (size, later.root), proof: proof)
                }
                #expect(holds(earlier, proof))
                #expect(!holds(MerkleTree.empty, proof))
                #expect(!holds(earlier, proof + [earlier]))
                if !proof.isEmpty { #expect(!holds(earlier, Array(proof.dropLast()))) }
            }
        }
    }

    @Test("a checkpoint is three lines, read as they are written")
    func checkpoint() {
        let checkpoint = Checkpoint(origin: "semblance.ledger/ab", size: 7, root: tree(7).root)
        #expect(Checkpoint(checkpoint.description) == checkpoint)
        for text in [
            "", "a\n1\n", "a\n01\n\(Data(tree(1).root).base64EncodedString())\n",
            "a\n1\nAAAA\n", checkpoint.description + "\n", checkpoint.description + "x\n",
            String(checkpoint.description.dropLast()),
        ] {
            #expect(Checkpoint(text) == nil, "\(text)")
        }
    }
}
