// Package metric is how numbers are defined, computed and judged: a Definition
// says what a number means and how it is measured, a Window which days it speaks
// of, a Value what came out, with the numerator, denominator and coverage that
// let anybody check it.
//
// The rules are those of docs/definitions.md §0.2: a denominator of zero gives no value
// and never 0 %; a threshold carries its comparator and is judged on the exact
// fraction, before any rounding; too small a sample, coverage below 80 % and a
// period that is still running give a value without a judgement.
package metric
