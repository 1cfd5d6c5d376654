-- True counts of pictures, by hand: what runs are evaluated against.

CREATE TABLE headcount.truth (
    set_id     integer          NOT NULL REFERENCES headcount.sets ON DELETE CASCADE,
    image      bigint           NOT NULL,
    count      double precision NOT NULL CHECK (count >= 0 AND count <= 1e9),
    counted_by text,
    PRIMARY KEY (set_id, image)
);

COMMENT ON TABLE headcount.truth IS 'True counts of some pictures of a set. `headcount evaluate SET` compares a run with them.';
COMMENT ON COLUMN headcount.truth.set_id IS 'The set.';
COMMENT ON COLUMN headcount.truth.image IS 'Number of the image in the set.';
COMMENT ON COLUMN headcount.truth.count IS 'People in the picture; a fraction where several people counted.';
COMMENT ON COLUMN headcount.truth.counted_by IS 'Who counted, or the file the count came from.';

CREATE VIEW headcount.errors AS
SELECT r.set_name, r.run_id, r.model, r.plan, r.url, r.key, r.image, t.count AS truth, r.count, r.count - t.count AS error
FROM headcount.results r
JOIN headcount.sets s ON s.name = r.set_name
JOIN headcount.truth t ON t.set_id = s.id AND t.image = r.image;

COMMENT ON VIEW headcount.errors IS 'Every count whose true count is known, and how far it is off.';
COMMENT ON COLUMN headcount.errors.set_name IS 'Image set.';
COMMENT ON COLUMN headcount.errors.run_id IS 'Run.';
COMMENT ON COLUMN headcount.errors.model IS 'Name of the model.';
COMMENT ON COLUMN headcount.errors.plan IS 'Tile plan.';
COMMENT ON COLUMN headcount.errors.url IS 'URL of the image.';
COMMENT ON COLUMN headcount.errors.key IS 'The archive''s own name for the picture.';
COMMENT ON COLUMN headcount.errors.image IS 'Number of the image in its set.';
COMMENT ON COLUMN headcount.errors.truth IS 'People in the picture, counted by hand.';
COMMENT ON COLUMN headcount.errors.count IS 'People in the picture by the network.';
COMMENT ON COLUMN headcount.errors.error IS 'People too many; below zero where some were missed.';
