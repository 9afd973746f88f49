// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Releases

/// `semblance spark-job`.
struct SparkJobCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spark-job",
        abstract: "Print the PySpark job that counts a table on many machines.",
        discussion: """
            The job sends all records of a privacy unit to one partition, pipes each partition through \
            'semblance count' and releases from the tallies. It needs Spark with Python on the cluster \
            and this program on the driver.

            Example: semblance spark-job > job.py && spark-submit job.py release.yaml \\
                       --input 'claims/*.csv' --partitions 64 --binary "$(command -v semblance)"
            """)

    func run() throws {
        FileHandle.standardOutput.write(Data(SparkJob.source.utf8))
    }
}
