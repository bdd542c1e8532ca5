// Package moderation finds violations in what members write and sees to it that
// somebody acts on them in time (article section 三, 内容监管: discovery and
// response under five minutes).
//
// Words used here:
//
//   - verdict: what the engine says of one message when it arrives; it is kept
//     in the event, so that a replay needs neither the words nor the lists.
//   - case: one incident of one member in one group. Further violations within
//     ten minutes belong to it as long as nobody has acted.
//   - grade: how strongly to answer: 0 recall the message, 1 提醒, 2 书面警告,
//     3 禁言, 4 移出. The suggested grade rises with the level of the words and
//     with the member's standing, the warnings of the last 90 days.
//   - action: one effect of a case on its way: asked, then a task or carried out
//     by the platform, then done.
//   - first action: the first thing that was carried out and can be shown; the
//     making of a task is none. Its time less the message's is the response.
//   - decision: what an operator did in the inbox; undo reverses the last one.
//
// Cases, actions and lists are projections of the log. Everything a person does
// is an event of this slice, and its result follows from the event. Only
// verdicts decide what a message was; the engine is never asked again.
//
// The seam to a fuller engine is Judge: text in, verdict out.
package moderation
