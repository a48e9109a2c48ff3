import Fatigue
import Testing

@Suite struct UnifiedDiffTests {
  @Test func changesOneStretch() {
    let old = "a\nb\nc\nd\ne\nf\ng\nh\n"
    let new = "a\nb\nc\nd\nE\nE2\nf\ng\nh\n"
    #expect(
      UnifiedDiff.patch(path: "x/y.yaml", old: old, new: new) == """
        diff --git a/x/y.yaml b/x/y.yaml
        --- a/x/y.yaml
        +++ b/x/y.yaml
        @@ -2,7 +2,8 @@
         b
         c
         d
        -e
        +E
        +E2
         f
         g
         h

        """)
  }

  @Test func newFilesAndMissingLineFeeds() {
    #expect(
      UnifiedDiff.patch(path: "n", old: nil, new: "a\nb") == """
        diff --git a/n b/n
        new file mode 100644
        --- /dev/null
        +++ b/n
        @@ -0,0 +1,2 @@
        +a
        +b
        \\ No newline at end of file

        """)
    #expect(UnifiedDiff.patch(path: "n", old: "a\n", new: "a\n").isEmpty)
    #expect(UnifiedDiff.patch(path: "n", old: "a\n", new: nil).contains("@@ -1,1 +0,0 @@\n-a\n"))
  }
}
