// Package population is the people who live in the simulated WeChat: staff,
// members of nine customer groups in three communities, advertisers, and one
// personal group that no API reaches.
//
// It is a discrete-event simulation. An agenda holds what people are about to
// do; [Population.RunUntil] does what is due, each act at its own time of the
// world's clock. At 20:00 (China time) the next local day is planned: how much
// is said, who comes and goes, which trouble breaks out. Who exactly speaks is
// decided only when the moment comes, because by then somebody may have left.
//
// The words here:
//
//   - community: the three houses of the story. Mother-and-baby service is
//     healthy, the courses are chatty but shrink, the group-buying decays to
//     silence.
//   - scene: a few messages that belong together, such as a question with its
//     answers.
//   - trouble: what a moderator ought to find. Every troubled message is
//     listed in [Truth], so that a test can hold the moderator against it.
//   - stop: a moment at which the server ought to have had its turn; see
//     [Population.Boundary].
//   - card: a message of the corp's app that asks a member of staff to do
//     something; see [Population.Boundary] for when it is read.
//
// Everything is drawn from the seed: the same seed, start, number of days and
// behaviour of the world give the same story to the letter. Streams of
// randomness are separate per group, day and purpose, so that what the staff
// do about trouble does not reshuffle everybody else's day.
//
// All ids are of the shape that the platform uses. Phone numbers, addresses
// and account names in the texts belong to nobody.
package population
