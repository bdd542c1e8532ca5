// Package job runs work that must survive a restart.
//
// A job is a row: a kind, a JSON body and the time from which it may run. It is
// put in by the transaction that makes it necessary (Queue.Enqueue), claimed by
// one worker at a time (Runner), and kept with its result or its reason for a
// while after it ended. A worker holds a job by a lease that it renews; a job
// whose lease ran out goes to another worker. So a handler may run more than
// once, and Complete lets it finish in the transaction of its own effects,
// which makes those exactly once.
//
// A schedule is a cron expression in the workspace's zone; every slot of it that
// falls due becomes exactly one job, or is marked missed when it is found more
// than CatchUp late.
//
// A lease (Leases) is the right of one process to be the only one at something.
// Its fence grows with every holder; Check ties a transaction to it.
//
// When a job runs is domain time; how long it may be held is real time.
package job
