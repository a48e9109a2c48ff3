import Base
import Ledger
import Testing

@testable import Wire

struct PrometheusAnswerTests {
  @Test func readsAMatrix() throws {
    let text = """
      {"status":"success","isPartial":false,"data":{"resultType":"matrix","result":[
       {"metric":{"__name__":"x_total","path":"\\/a\\"\\u00e9"},"values":
        [[1435781430.781,"1"],[1435781445,"+Inf"], [1435781460.5,"NaN"]],
        "histograms":[[1,{"count":"3","buckets":[[0,"1","2","3"]]}]]},
       {"metric":{},"value":[2,"1e3"]}]},"warnings":["a store did not answer"],"stats":{"a":[true,false,null]}}
      """
    let answer = try PrometheusAnswer(Array(text.utf8))
    #expect(answer.series.count == 2 && answer.sampleCount == 4)
    #expect(answer.series[0].labels == LabelSet(metric: "x_total", ["path": "/a\"é"]))
    #expect(answer.series[0].samples[0] == CounterSample(time: Instant(milliseconds: 1_435_781_430_781), value: 1))
    #expect(answer.series[0].samples[1].value == .infinity && answer.series[0].samples[2].value.isNaN)
    #expect(answer.series[1].samples.map(\.value) == [1_000])
    #expect(answer.warnings == ["a store did not answer"])
  }

  @Test func anErrorIsSaidInTheServersWords() {
    let text = #"{"status":"error","errorType":"bad_data","error":"parse error at char 3"}"#
    #expect(PrometheusAnswer.error(in: Array(text.utf8)) == "bad_data: parse error at char 3")
    #expect(throws: PrometheusAnswer.Problem.refused("bad_data: parse error at char 3")) {
      try PrometheusAnswer(Array(text.utf8))
    }
    #expect(PrometheusAnswer.error(in: Array("<html>".utf8)) == nil)
  }

  @Test func boundsAreHeld() {
    var limits = PrometheusAnswer.Limits()
    (limits.series, limits.samples, limits.depth) = (1, 2, 4)
    func read(_ result: String) -> PrometheusAnswer.Problem? {
      do throws(PrometheusAnswer.Problem) {
        _ = try PrometheusAnswer(Array(#"{"status":"success","data":{"result":[\#(result)]}}"#.utf8), limits: limits)
        return nil
      } catch { return error }
    }
    let one = #"{"metric":{},"values":[[1,"1"],[2,"2"]]}"#
    #expect(read(one) == nil)
    #expect(read(one + "," + one) == .tooManySeries(1))
    #expect(read(#"{"metric":{},"values":[[1,"1"],[2,"2"],[3,"3"]]}"#) == .tooManySamples(2))
    guard case .malformed = read(#"{"x":[[[[[[1]]]]]]}"#) else {
      Issue.record("nesting without a bound")
      return
    }
  }

  /// Whatever is cut, flipped or doubled: an answer or an error, never a crash.
  @Test(arguments: 0..<8)
  func brokenAnswersAreRefused(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let result = #"[{"metric":{"a":"b\n"},"values":[[1.5,"2"],[2.5,"3"]]}]"#
    let sound = Array(#"{"status":"success","data":{"resultType":"matrix","result":\#(result)}}"#.utf8)
    var refused = 0
    for _ in 0..<2_000 {
      var bytes = sound
      for _ in 0...Int.random(in: 0...3, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0...3, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.removeLast(min(place, bytes.count - 1))
        case 2: bytes.insert(bytes[place], at: place)
        default: bytes[place] = Array("[]{}\",:\\0".utf8).randomElement(using: &generator)!
        }
      }
      if (try? PrometheusAnswer(bytes)) == nil { refused += 1 }
    }
    #expect(refused > 500)
  }
}
