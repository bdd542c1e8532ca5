package moderation

import (
	"context"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
)

// published takes in a part of a publication. With the last part it becomes the
// list, unless another publication was faster: then its parts are dropped.
func (r *reaction) published(ctx context.Context, e event.Event) error {
	p, err := event.Decode[Published](e)
	if err != nil {
		return err
	}
	_, err = r.tx.Exec(ctx, "INSERT INTO moderation_list_parts (community_id,publication,part,words) VALUES ($1,$2,$3,$4) ON CONFLICT (community_id,publication,part) DO NOTHING",
		r.community, p.Publication, p.Part, string(event.Encode(p.Words)))
	if err != nil {
		return err
	}
	have, err := db.Int(ctx, r.tx, "SELECT count(*) FROM moderation_list_parts WHERE community_id=$1 AND publication=$2", r.community, p.Publication)
	if err != nil || have < int64(p.Parts) {
		return err
	}
	base, err := db.Int(ctx, r.tx, "SELECT version FROM moderation_lists WHERE community_id=$1 AND name=$2", r.community, p.Name)
	if err != nil {
		return err
	}
	if base != int64(p.Base) {
		return r.dropParts(ctx, p.Publication)
	}
	return r.replaceList(ctx, e, p)
}

func (r *reaction) replaceList(ctx context.Context, e event.Event, p Published) error {
	old, err := db.List(ctx, r.tx, scanText, "SELECT publication FROM moderation_lists WHERE community_id=$1 AND name=$2", r.community, p.Name)
	if err != nil {
		return err
	}
	for _, publication := range old {
		if err := r.dropParts(ctx, publication); err != nil {
			return err
		}
	}
	words, err := countWords(ctx, r.tx, r.community, p.Publication)
	if err != nil {
		return err
	}
	_, err = r.tx.Exec(ctx, `INSERT INTO moderation_lists (community_id,name,version,publication,words,by_id,published_at) VALUES ($1,$2,$3,$4,$5,$6,$7)
 ON CONFLICT (community_id,name) DO UPDATE SET version=excluded.version, publication=excluded.publication, words=excluded.words, by_id=excluded.by_id, published_at=excluded.published_at`,
		r.community, p.Name, p.Base+1, p.Publication, words, p.By, e.At.UnixMilli())
	return err
}

func (r *reaction) dropParts(ctx context.Context, publication string) error {
	_, err := r.tx.Exec(ctx, "DELETE FROM moderation_list_parts WHERE community_id=$1 AND publication=$2", r.community, publication)
	return err
}
