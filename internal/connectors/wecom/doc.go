// Package wecom connects to WeCom (企业微信) customer groups: callbacks, the
// server API and the message archive.
//
// The package translates and nothing else. It keeps no state but access tokens
// (behind [TokenStore]), touches no database and knows no page.
//
// [Connector] is what the hub talks to. It takes callbacks (receive.go), makes
// events of them and of archived messages (translate*.go), reads what the
// platform keeps (pulls*.go), sends cards to staff (perform.go) and says what can
// be known and done in a group (declare.go). Callbacks tell that something
// happened and the list of members how it stands; room.go holds what is known
// and shown of one group, drafts.go the difference as events.
//
// Below it lie four parts of the protocol:
//
//   - callbacks: [Codec] opens and seals the encrypted envelope, [ParseCallback]
//     turns the XML inside it into one [Callback];
//   - the server API: [Client] and its typed endpoints, one file for each family
//     (api_*.go), every refusal an [*APIError] with a [Class];
//   - the message archive: [ArchiveSource] delivers sealed messages, [KeyRing]
//     unwraps their keys, [ParseArchiveMessage] reads what people wrote;
//   - reconciliation: [DiffGroup] compares a pulled group with what is known.
//
// Facts about the platform carry their source: "D:92120" is the page
// https://developer.work.weixin.qq.com/document/path/92120.
package wecom
