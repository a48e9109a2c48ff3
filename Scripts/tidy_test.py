#!/usr/bin/env python3
"""Each rule of Scripts/tidy against a small tree: clean as it stands, and caught once the rule is broken."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TIDY = pathlib.Path(__file__).resolve().parent / "tidy"

CORE_MANIFEST = """
let modules: [(name: String, imports: [String])] = [
  ("Base", []),
  ("Journal", ["Base"]),
  ("Catalog", ["Base", "Journal"]),
  ("OnCall", ["Base"]),
]
let package = Package(name: "Core")
"""
ROOT_MANIFEST = """
let package = Package(
  name: "mainstay",
  targets: [
    .target(name: "Wire", dependencies: core("Base") + [.product(name: "Yams", package: "Yams")]),
    .target(
      name: "Outbound", dependencies: core("Base") + [.product(name: "AsyncHTTPClient", package: "async-http-client")]),
    .target(name: "Web", dependencies: ["Wire"] + core("Base")),
    .target(name: "Runtime", dependencies: ["Wire"] + core("Base")),
    .testTarget(name: "WireTests", dependencies: ["Wire"]),
  ]
)
"""
CLEAN = {
    "Core/Package.swift": CORE_MANIFEST,
    "Package.swift": ROOT_MANIFEST,
    "Core/Sources/Base/Point.swift": "struct Point {\n  var x = 0\n}\nlet origin = Point()\nlet left = origin.x\n",
    "Core/Sources/Catalog/Catalog.swift": "import Base\nimport Journal\n\n// Date() in a comment, \"Task {\" too\nlet now = left\nlet late = now\n",
    "Core/Tests/BaseTests/PointTests.swift": "import Base\nimport Foundation\nimport Testing\n\nlet stamp = late + Date()\n@Test func works() { print(stamp) }\n",
    "Sources/Wire/Frame.swift": "import Base\nimport Yams\n\nlet banner = \"Date() \\(late) Task {\"\nprint(banner)\n",
    "Sources/Web/Page.swift": "import Wire\n\nprint(banner)\n",
    "Sources/Runtime/Loop.swift": "import Wire\n\nlet start = Date()\nTask { print(start) }\n",
    "Tests/WireTests/FrameTests.swift": "@testable import Wire\nimport Testing\n\n@Test func frames() { print(banner) }\n",
    "README.md": "# Mainstay\n\nWhat should hold.\n",
}


def tidy(changes):
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for path, text in {**CLEAN, **changes}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        subprocess.run(["git", "init", "-q", directory], check=True)
        # A machine may ignore Package.resolved for every repository; what is tracked counts all the same.
        subprocess.run(["git", "-C", directory, "add", "-f", "."], check=True)
        return subprocess.run([sys.executable, TIDY, "--root", directory], capture_output=True, text=True)


class Tidy(unittest.TestCase):
    def caught(self, expected, changes):
        result = tidy(changes)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn(expected, result.stdout)
        self.assertEqual(len(result.stdout.strip().split("\n")), 2, "one finding and the total:\n" + result.stdout)

    def test_a_clean_tree_passes(self):
        result = tidy({})
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)

    def test_core_stays_pure(self):
        self.caught("Core is pure", {"Core/Sources/Base/A.swift": "import Foundation\n"})
        self.caught("which is no module of Core", {"Core/Sources/Base/A.swift": "import Yams\n"})

    def test_a_module_imports_what_its_manifest_lists(self):
        self.caught("does not list", {"Core/Sources/OnCall/A.swift": "import Journal\n"})
        self.caught("does not list", {"Sources/Web/A.swift": "import NIOCore\n"})
        self.caught("does not list", {"Sources/Web/A.swift": "@preconcurrency import struct NIOCore.ByteBuffer\n"})

    def test_arrows_point_down(self):
        sideways = CORE_MANIFEST.replace('("OnCall", ["Base"])', '("OnCall", ["Base", "Catalog"])')
        self.caught("OnCall depends on Catalog, which is not below it", {"Core/Package.swift": sideways})
        upward = ROOT_MANIFEST.replace('name: "Wire", dependencies: ', 'name: "Wire", dependencies: ["Web"] + ')
        self.caught("Wire depends on Web, which is not below it", {"Package.swift": upward})

    def test_a_package_with_one_user_keeps_it(self):
        more = ROOT_MANIFEST.replace(
            '["Wire"] + core("Base")),\n    .target(name: "Runtime"',
            '["Wire", .product(name: "AsyncHTTPClient", package: "async-http-client")]),\n    .target(name: "Runtime"')
        self.caught("for Outbound alone", {"Package.swift": more})

    def test_public_import(self):
        self.caught("public import", {"Sources/Web/A.swift": "public import Wire\n"})

    def test_clocks_ids_and_tasks_stay_at_the_edges(self):
        for line in ("print(Date())", "print(UUID())", "Task { print(1) }", "Task.detached { print(1) }",
                     "DispatchQueue.main.sync { print(1) }", "print(ContinuousClock().now)"):
            self.caught("Sources/Web/A.swift:1:", {"Sources/Web/A.swift": line + "\n"})

    def test_core_draws_from_a_given_generator(self):
        self.caught("pass `using:`", {"Core/Sources/Base/A.swift": "print(Int.random(in: 0..<3))\n"})

    def test_lengths(self):
        body = "  print(1)\n" * 69
        self.caught("has 71 lines", {"Sources/Web/A.swift": f"func long() {{\n{body}}}\nlong()\n"})
        self.caught("has 71 lines", {"Sources/Web/A.swift": f"func long(\n  x: Int\n) -> Int {{\n{body[11 * 2:]}}}\nlong()\n"})
        self.assertEqual(tidy({"Sources/Web/A.swift": f"func fits() {{\n{body[11:]}}}\nfits()\n"}).returncode, 0)
        self.caught("601 lines", {"Sources/Web/A.swift": "print(1)\n" * 601})
        self.caught("121 columns", {"Sources/Web/A.swift": "print(" + "1" * 114 + ")\n"})

    def test_dead_declarations(self):
        self.caught("func lost is never used", {"Sources/Web/A.swift": "func lost() {}\n"})
        self.caught("let lost is never used", {
            "Sources/Web/A.swift": "private let lost = 1\n",
            "Sources/Web/B.swift": "private let other = 1\nprint(other, lost: 1)\n",
        })

    def test_words(self):
        for line in ("a seam" + "less loop", "TO" + "DO: later", "see /ro" + "ot/notes", "cd /wo" + "rk/x", "simp" + "ly put"):
            self.caught("README.md:1:", {"README.md": line + "\n"})

    def test_files(self):
        self.caught("does not belong", {"Package.resolved": "{}\n"})
        self.caught("the most is 1024 KiB", {"docs/big.bin": "x" * (1 << 20) + "y"})


if __name__ == "__main__":
    unittest.main()
