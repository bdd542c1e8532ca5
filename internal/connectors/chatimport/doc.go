// Package chatimport reads chat exports as a stream of records.
//
// Exports are the only way to see the talk of a personal WeChat group, which
// has no server API. The package parses and nothing else: it knows no
// database, no page and no community. [Open] detects the format and the
// encoding, [Reader.Next] gives one [Record] or one [RowError] at a time, and
// [Record.Key] is what makes importing the same or an overlapping file again
// add nothing. Memory does not grow with the file.
//
// # Formats
//
//   - multiselect: the text WeChat itself makes when several messages are
//     selected and shared, e-mailed or copied (at most about 100 messages). No
//     ids, minute precision, media as placeholders such as [图片]. A heading
//     "…在微信上的聊天记录如下，请查收。" or 微信群"X"的聊天记录如下:, day lines
//     "—————  2026-04-06  —————", sender lines "名字  16:21" with at least two
//     spaces before the clock. A line of a message body that has exactly this
//     shape cannot be told from a sender line; see [multiselect].
//   - chatlab: ChatLab 0.0.2, docs/cn/standard/chatlab-format.md of
//     hellodigua/ChatLab: one object with chatlab, meta, members, messages.
//   - chatlab-jsonl: the same, one object a line with "_type"; lines that start
//     with # are comments. The header may also be split in two lines of _type
//     "chatlab" and "meta", as some writers do.
//   - weflow: the JSON of WeFlow (hicccc77/WeFlow JsonFormatter.ts @9fa96cd)
//     and of EchoTrace, which is the same without the "weflow" key. localId is
//     a number of the export, not of the message, and is never used as a key.
//   - weflow-arkme: its variant with a senders table; messages carry senderID.
//   - memotrace: the CSV of MemoTrace/WeChatMsg (LC044/WeChatMsg
//     app/DataBase/exporter_csv.py). localId repeats when several databases
//     were merged and is never used as a key. Type 10000 carries system texts
//     and sysmsgtemplate XML, from which joins and their inviters are read.
//   - chatlog: the JSON array of chatlog's HTTP interface (sjzar/chatlog
//     internal/model/message.go); seq is the message's key.
//   - chatlog-text: its text form,
//     "Name(id) [Group(id)] 01-02 15:04:05", the body, an empty line. The year
//     is missing by default and is taken from the declared period or the clock.
//   - weclone: the WeClone/PyWxDump CSV (WeFlow WeCloneFormatter.ts).
//   - csv, xlsx: any table, read through a [Mapping] of its columns.
//
// # Times
//
// A number is seconds or milliseconds, whichever falls between 2010 and ten
// minutes from now; in a table it may also be an Excel serial date. Text
// without a zone is read in [Options.Zone]. A time further ahead than ten
// minutes is a row error.
//
// # Encodings
//
// UTF-8, with or without a byte order mark, UTF-16 with one, and GB18030. What
// begins as plain ASCII is decided at its first other byte. NUL and invalid
// bytes never reach a record; names keep everything else, as they are evidence
// of who wrote.
package chatimport
