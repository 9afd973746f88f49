// SPDX-License-Identifier: Apache-2.0

import Privacy
import Testing

@Suite("What a receipt says of its mechanism")
struct MechanismTests {
    @Test("a threshold names all that its δ follows from, the bits of its keys as well")
    func threshold() {
        func text(_ bits: Int) -> String {
            Mechanism.threshold(
                sigma2: 100, sensitivity: 2, threshold: 90, keys: 7, keyBits: bits
            ).description
        }
        #expect(
            text(0)
                == "thresholded discrete Gaussian, sigma2 100, L2 sensitivity 2, threshold 90, at most 7 keys"
        )
        #expect(text(127) == text(0) + ", keys of 127-bit hashes")
    }
}
