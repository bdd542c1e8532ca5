package moderation

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
)

// Limits of a community's own lists.
const (
	MaxLists     = 50
	MaxListWords = 100_000
	maxListName  = 40 // characters
	partWords    = 5_000
)

// List is a community's published keyword list.
type List struct {
	Community string
	Name      string
	Version   int
	Words     int
	By        string
	Published time.Time

	publication string
}

// Lists returns the lists of a community in scope, by name; "" is all of them.
func Lists(ctx context.Context, q db.Q, s community.Scope, communityID string) ([]List, error) {
	cond, args := s.SQL("community_id", 2)
	return db.List(ctx, q, scanList, `SELECT community_id,name,version,words,by_id,published_at,publication FROM moderation_lists
 WHERE ($1='' OR community_id=$1) AND `+cond+" ORDER BY community_id, name", append([]any{communityID}, args...)...)
}

// GetList returns a list by name; one that was never published has version 0.
func GetList(ctx context.Context, q db.Q, s community.Scope, communityID, name string) (List, error) {
	list, err := Lists(ctx, q, s, communityID)
	if err != nil {
		return List{}, err
	}
	for _, l := range list {
		if l.Name == name && l.Community == communityID {
			return l, nil
		}
	}
	if len(list) >= MaxLists {
		return List{}, fault.New(fault.TooMany, "moderation.too_many_lists", MaxLists)
	}
	return List{Community: communityID, Name: name}, nil
}

func scanList(r *sql.Rows) (List, error) {
	var l List
	var at int64
	err := r.Scan(&l.Community, &l.Name, &l.Version, &l.Words, &l.By, &at, &l.publication)
	l.Published = time.UnixMilli(at).UTC()
	return l, err
}

// WordsOf returns the words of a list, by category and text.
func WordsOf(ctx context.Context, q db.Q, l List) ([]lexicon.Word, error) {
	words, err := partsOf(ctx, q, l.Community, l.publication)
	if err != nil {
		return nil, err
	}
	out := make([]lexicon.Word, len(words))
	for i, w := range words {
		out[i] = w.lexicon()
	}
	sortWords(out)
	return out, nil
}

func partsOf(ctx context.Context, q db.Q, communityID, publication string) ([]Word, error) {
	parts, err := db.List(ctx, q, scanText, "SELECT words FROM moderation_list_parts WHERE community_id=$1 AND publication=$2 ORDER BY part", communityID, publication)
	if err != nil {
		return nil, err
	}
	var words []Word
	for _, text := range parts {
		var part []Word
		if err := json.Unmarshal([]byte(text), &part); err != nil {
			return nil, err
		}
		words = append(words, part...)
	}
	return words, nil
}

func countWords(ctx context.Context, q db.Q, communityID, publication string) (int, error) {
	words, err := partsOf(ctx, q, communityID, publication)
	return len(words), err
}

func sortWords(words []lexicon.Word) {
	slices.SortFunc(words, func(a, b lexicon.Word) int {
		return cmp.Or(cmp.Compare(a.Category, b.Category), cmp.Compare(a.Text, b.Text))
	})
}

func (w Word) lexicon() lexicon.Word {
	out := lexicon.Word{Text: w.Text, Category: w.Category, Level: lexicon.Level(w.Level), Allow: w.Allow}
	if w.Exact {
		out.Policy = lexicon.Exact
	}
	return out
}

func wordOf(w lexicon.Word) Word {
	return Word{Text: w.Text, Category: w.Category, Level: int(w.Level), Exact: w.Policy == lexicon.Exact, Allow: w.Allow}
}
