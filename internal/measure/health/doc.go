// Package health measures whether groups are alive (article section 六, 基础活跃):
// how much members say on a day (日均发言量), how fast a group grows
// (成员增长率), and beside them what explains both: everything that was said, the
// share of members who spoke (发言成员覆盖率), the share who left (退群率).
//
// It owns no table: every number is read off the daily facts of package activity
// at the moment it is asked for, so that a number and the rows behind it are
// never of different ages.
//
// What counts (docs/definitions.md §0.2, A6):
//
//   - 日均发言量 is valid messages of members over the days that are known, per
//     group; a community's is per group and day. A group without an API has what a
//     person entered.
//   - 成员增长率 is joins less leaves over the members before the first day, staff
//     excluded. A group at 90 % of its capacity has no room to grow and is not
//     judged. A community counts people, so that a transfer between two of its
//     groups is neither a join nor a leave.
package health
