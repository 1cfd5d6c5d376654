-- How much there is to count, for what starts and stops workers by it.

CREATE VIEW headcount.backlog AS
SELECT count(*) AS runs,
    coalesce(sum(headcount.run_pending(r.id)) FILTER (WHERE r.card_label IS NULL), 0)::bigint AS images,
    coalesce(sum(headcount.run_pending(r.id)) FILTER (WHERE r.card_label IS NOT NULL), 0)::bigint AS labelled_images
FROM headcount.runs r WHERE r.wish = 'active' AND r.is_open;

COMMENT ON VIEW headcount.backlog IS 'What waits to be counted: always one row, and as fast for a hundred million images as for ten. An autoscaler asks it how many workers to run.';
COMMENT ON COLUMN headcount.backlog.runs IS 'Active runs that have something left.';
COMMENT ON COLUMN headcount.backlog.images IS 'Their images that have neither count nor failure and that any worker may count.';
COMMENT ON COLUMN headcount.backlog.labelled_images IS 'The same of runs that are kept to cards with a label.';

DO $grants$
BEGIN
    -- The reader has it with every table and view. Where the roles were not made there is nobody to grant it to.
    GRANT SELECT ON headcount.backlog TO headcount_worker;
EXCEPTION
    WHEN undefined_object OR insufficient_privilege THEN NULL;
END $grants$;
