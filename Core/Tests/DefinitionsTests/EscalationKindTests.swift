import Base
import Testing
import Trees

@testable import Definitions

/// What policies, contacts and channels refuse.
@Suite struct EscalationKindTests {
  @Test(arguments: [
    (#"{"levels":[{"targets":[{"roundRobin":["ana"]}]}]}"#, "has fewer than two people"),
    (#"{"levels":[{"targets":[{"user":"ana","group":"g"}]}]}"#, "group"),
    (#"{"levels":[{"targets":[{"user":"ana","everyone":true}]}]}"#, "without a schedule"),
    (#"{"levels":[{"targets":[{"schedule":"s","layer":"x"}]}]}"#, "write everyone: true"),
    (#"{"levels":[{"targets":[{"user":"ana"}]}],"acknowledgeTimeout":"5s"}"#, "is below 10s"),
  ]) func policies(spec: String, message: String) throws { try refused("EscalationPolicy", spec, message) }

  @Test(arguments: [
    (#"{"user":"a","methods":[{"name":"m","channel":"c"}],"quietHours":{"from":"22:00","to":"07:00"}}"#, "timeZone"),
    (
      #"{"user":"a","timeZone":"UTC","methods":[{"name":"m","channel":"c"}],"quietHours":{"from":"25:0","to":"7:00"}}"#,
      "is not a time of day"
    ),
  ]) func contacts(spec: String, message: String) throws { try refused("Contact", spec, message) }

  @Test(arguments: [
    (#"{"type":"ntfy"}"#, "the ntfy server's address"), (#"{"type":"sms"}"#, "the account"),
    (#"{"type":"sms","sms":{"account":"AC1","from":"0351","tokenRef":"env:T"}}"#, "international form"),
    (#"{"type":"sms","sms":{"account":"AC1","from":"+351210000000"}}"#, "auth token"),
    (#"{"type":"ntfy","url":"http://n","topic":"a/b"}"#, "is not a topic"),
  ]) func channels(spec: String, message: String) throws { try refused("Channel", spec, message) }

  private func refused(_ kind: String, _ spec: String, _ message: String) throws {
    let found = try load(own(kind, "a", spec), references: false).errors.map(\.message)
    #expect(found.contains { $0.contains(message) }, "\(found)")
  }

  @Test func addressesFitTheirChannels() throws {
    let result = try load(
      entity("User", "ana", #"{"memberOf":[]}"#),
      own("Channel", "text", #"{"type":"sms","sms":{"account":"AC1","from":"+351210000000","tokenRef":"env:T"}}"#),
      own("Channel", "push", #"{"type":"ntfy","url":"http://127.0.0.1:2586"}"#),
      own(
        "Contact", "ana",
        #"{"user":"ana","methods":[{"name":"t","channel":"text","address":"12"},{"name":"p","channel":"push"}]}"#))
    #expect(result.errors.map(\.message).contains { $0.contains("needs a number in international form") })
    #expect(result.errors.map(\.message).contains { $0.contains("needs a topic as address") })
  }

  @Test func aLayerThatIsNotThereIsNamed() throws {
    let result = try load(
      entity("User", "ana", #"{"memberOf":[]}"#),
      own(
        "Schedule", "s",
        #"{"timeZone":"UTC","layers":[{"name":"week","rotation":"daily","start":"2026-01-05T09:00","users":["ana"]}]}"#
      ),
      own("EscalationPolicy", "p", #"{"levels":[{"targets":[{"schedule":"s","everyone":true,"layer":"weak"}]}]}"#))
    #expect(result.errors.map(\.message).contains { $0.contains("has no layer") && $0.contains("week") })
  }
}
