// Package community is who is where: communities (社群), their group chats (群),
// their members (成员), and the spells (在群区间) that a member spent in a group.
//
// All its tables are projections of the log, but for what the hub's records
// already hold. A spell is a fold over everything that was ever observed of one
// member in one group, by the time at which it happened and not by the time at
// which we learned of it; see Fold for its rules.
package community
