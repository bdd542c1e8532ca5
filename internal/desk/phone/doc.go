// Package phone holds the pages that staff and members open on their phones
// without signing in: one task for one member of staff (/m/t/{token}), and what
// is kept about members and how to reach whoever keeps it (/m/privacy).
//
// A task's link is signed for one task and one member of staff; what it may do
// is checked again at every request against the task as it is then: who is no
// longer its assignee or deputy, nor owner or admin of the group, finds nothing.
// Opening a link changes nothing, since chats prefetch what is sent in them.
package phone
