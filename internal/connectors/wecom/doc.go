// Package wecom speaks the protocols of WeCom (企业微信): callbacks, the server
// API and the message archive.
//
// The package translates and nothing else. It keeps no state but access tokens
// (behind [TokenStore]), touches no database and knows no page. Four parts make
// it up:
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
