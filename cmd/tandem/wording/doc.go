// Package wording writes numbers and the text of others for people: "3 calls", a text
// without what would disturb a terminal, one that is cut where it is too long.
package wording
