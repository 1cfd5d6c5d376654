-- How much there is to count, for what starts and stops workers by it.

CREATE VIEW headcount.backlog AS
SELECT count(*) FILTER (WHERE p.images > 0) AS runs,
    coalesce(sum(p.images) FILTER (WHERE r.card_label IS NULL), 0)::bigint AS images,
    coalesce(sum(p.images) FILTER (WHERE r.card_label IS NOT NULL), 0)::bigint AS labelled_images
FROM headcount.runs r CROSS JOIN LATERAL (SELECT headcount.run_pending(r.id) AS images OFFSET 0) AS p
WHERE r.wish = 'active' AND r.is_open;

COMMENT ON VIEW headcount.backlog IS 'What waits to be counted: always one row, and as fast for a hundred million images as for ten. An autoscaler asks it how many workers to run.';
COMMENT ON COLUMN headcount.backlog.runs IS 'Active runs of which some image has neither count nor failure.';
COMMENT ON COLUMN headcount.backlog.images IS 'Their images that have neither count nor failure and that any worker may count.';
COMMENT ON COLUMN headcount.backlog.labelled_images IS 'The same of runs that are kept to cards with a label.';
