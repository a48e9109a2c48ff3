import Base
import Events
import Testing

@testable import Web

@Suite struct FreezeTests {
  @Test func aFreezeIsSaidOnItsServicesPagesAndLiftedThere() async throws {
    let harness = try Harness()
    let before = await harness.get("/services/playback").text
    #expect(before.contains("Changes are frozen until") && before.contains("the festival&#39;s premieres"))
    #expect(!(await harness.get("/services/search").text.contains("frozen")))
    #expect(await harness.get("/services/billing").text.contains("Next freeze"))
    let done = await harness.form("/freezes/festival/lift", "back=/services/playback")
    #expect(done.status == 303 && done.header("location") == "/services/playback")
    #expect(!(await harness.get("/services/playback").text.contains("frozen")))
    let again = await harness.form("/freezes/festival/lift", "back=/services/playback")
    #expect(again.status == 409)
  }

  @Test func anEditorLiftsItThroughTheAPI() async throws {
    let harness = try Harness()
    func bearer(_ role: Role) throws -> [String: String] {
      ["authorization": "Bearer \(try harness.token(role.rawValue, role))"]
    }
    let (responder, editor) = (try bearer(.responder), try bearer(.editor))
    let path = "/api/v1/freezes/sale/lift"
    #expect(await harness.send("POST", path, headers: responder).status == 403)
    #expect(!(await harness.get("/services/playback", headers: responder).text.contains("Lift the freeze")))
    let lifted = await harness.send("POST", path, headers: editor).json
    #expect(lifted["state"]?.string == "lifted" && lifted["liftedBy"]?.string == "token/editor")
    #expect(await harness.send("POST", "/api/v1/freezes/none/lift", headers: editor).status == 404)
    let holding = await harness.get("/api/v1/freezes?state=holding", headers: editor).json
    #expect(holding["items"]?.array?.compactMap { $0["name"]?.string } == ["festival"])
    let ofBilling = await harness.get("/api/v1/freezes?service=billing", headers: editor).json
    #expect(ofBilling["items"]?.array?.compactMap { $0["state"]?.string } == ["lifted"])
  }
}
