-- What people read.

CREATE VIEW headcount.results AS
SELECT s.name AS set_name, r.id AS run_id, m.name AS model, i.url, c.count,
    i.number AS image, i.key, i.taken_at, i.extra,
    c.width, c.height, c.tiles, r.plan, m.digest AS model_digest, c.preprocessing,
    w.engine, w.engine_version, w.simulated, w.host, w.card, c.worker_id, w.version,
    encode(c.picture_digest, 'hex') AS picture_digest, c.picture_bytes,
    c.fetch_ms, c.decode_ms, c.infer_ms, c.counted_at, c.source_run, c.source_image
FROM headcount.counts c
JOIN headcount.runs r ON r.id = c.run_id
JOIN headcount.sets s ON s.id = r.set_id
JOIN headcount.models m ON m.id = r.model_id
JOIN headcount.images i ON i.set_id = r.set_id AND i.number = c.image
JOIN headcount.workers w ON w.id = c.worker_id;

COMMENT ON VIEW headcount.results IS 'Every count, with its image and where the count came from.';
COMMENT ON COLUMN headcount.results.set_name IS 'Image set.';
COMMENT ON COLUMN headcount.results.run_id IS 'Run.';
COMMENT ON COLUMN headcount.results.model IS 'Name of the model.';
COMMENT ON COLUMN headcount.results.url IS 'URL of the image.';
COMMENT ON COLUMN headcount.results.count IS 'People in the picture.';
COMMENT ON COLUMN headcount.results.image IS 'Number of the image in its set.';
COMMENT ON COLUMN headcount.results.key IS 'The archive''s own name for the picture.';
COMMENT ON COLUMN headcount.results.taken_at IS 'When the picture was taken.';
COMMENT ON COLUMN headcount.results.extra IS 'Further columns of the enqueued CSV.';
COMMENT ON COLUMN headcount.results.width IS 'Width of the picture in pixels.';
COMMENT ON COLUMN headcount.results.height IS 'Height of the picture in pixels.';
COMMENT ON COLUMN headcount.results.tiles IS 'Model inputs the picture was cut into.';
COMMENT ON COLUMN headcount.results.plan IS 'Tile plan.';
COMMENT ON COLUMN headcount.results.model_digest IS 'SHA-256 of the model''s manifest.';
COMMENT ON COLUMN headcount.results.preprocessing IS 'Version of the arithmetic between picture and model input.';
COMMENT ON COLUMN headcount.results.engine IS 'Engine that computed the densities.';
COMMENT ON COLUMN headcount.results.engine_version IS 'Version of the engine''s runtime library.';
COMMENT ON COLUMN headcount.results.simulated IS 'True where no real device computed.';
COMMENT ON COLUMN headcount.results.host IS 'Host of the worker.';
COMMENT ON COLUMN headcount.results.card IS 'Device of the worker.';
COMMENT ON COLUMN headcount.results.worker_id IS 'Worker.';
COMMENT ON COLUMN headcount.results.version IS 'Version of Headcount.';
COMMENT ON COLUMN headcount.results.picture_digest IS 'SHA-256 of the fetched bytes, in hexadecimal digits.';
COMMENT ON COLUMN headcount.results.picture_bytes IS 'Number of fetched bytes.';
COMMENT ON COLUMN headcount.results.fetch_ms IS 'Milliseconds of fetching.';
COMMENT ON COLUMN headcount.results.decode_ms IS 'Milliseconds of decoding and resizing.';
COMMENT ON COLUMN headcount.results.infer_ms IS 'Milliseconds of computing the densities, waiting included.';
COMMENT ON COLUMN headcount.results.counted_at IS 'When the count was written.';
COMMENT ON COLUMN headcount.results.source_run IS 'The run this count was taken over from, the picture being the same; NULL where it was counted.';
COMMENT ON COLUMN headcount.results.source_image IS 'The image of that run.';

CREATE VIEW headcount.failed_images AS
SELECT s.name AS set_name, f.run_id, m.name AS model, i.url, f.class, c.meaning, f.detail, f.attempt AS attempts,
    i.number AS image, i.key, f.worker_id, f.failed_at
FROM headcount.failures f
JOIN headcount.failure_classes c ON c.class = f.class
JOIN headcount.runs r ON r.id = f.run_id
JOIN headcount.sets s ON s.id = r.set_id
JOIN headcount.models m ON m.id = r.model_id
JOIN headcount.images i ON i.set_id = r.set_id AND i.number = f.image
WHERE f.final;

COMMENT ON VIEW headcount.failed_images IS 'Every image that failed for good, and why.';
COMMENT ON COLUMN headcount.failed_images.set_name IS 'Image set.';
COMMENT ON COLUMN headcount.failed_images.run_id IS 'Run.';
COMMENT ON COLUMN headcount.failed_images.model IS 'Name of the model.';
COMMENT ON COLUMN headcount.failed_images.url IS 'URL of the image.';
COMMENT ON COLUMN headcount.failed_images.class IS 'Class of the last failure.';
COMMENT ON COLUMN headcount.failed_images.meaning IS 'What the class means.';
COMMENT ON COLUMN headcount.failed_images.detail IS 'What happened, in one line.';
COMMENT ON COLUMN headcount.failed_images.attempts IS 'How often it was tried.';
COMMENT ON COLUMN headcount.failed_images.image IS 'Number of the image in its set.';
COMMENT ON COLUMN headcount.failed_images.key IS 'The archive''s own name for the picture.';
COMMENT ON COLUMN headcount.failed_images.worker_id IS 'Worker that tried last.';
COMMENT ON COLUMN headcount.failed_images.failed_at IS 'When it failed for good.';

CREATE FUNCTION headcount.run_tally(run integer, OUT counted bigint, OUT failed bigint, OUT rate double precision,
    OUT average double precision, OUT last_at timestamptz, OUT simulated boolean)
-- Read by whoever looks on, every second: compiling the plan would take a thousand times as long as running it.
LANGUAGE sql STABLE SET jit = off AS $$
    SELECT coalesce(sum(y.counted), 0)::bigint, coalesce(sum(y.failed), 0)::bigint,
        coalesce(sum(headcount.rate_now(y.rate, y.first_at, y.last_at)), 0)::double precision,
        -- As in rate_now(), the first write told of about a second.
        (sum(y.counted + y.failed) / (extract(epoch FROM max(y.last_at) - min(y.first_at)) + 1))::double precision,
        max(y.last_at), coalesce(bool_or(w.simulated), false)
    FROM headcount.tallies_of(run) y LEFT JOIN headcount.workers w ON w.id = y.worker_id
$$;
COMMENT ON FUNCTION headcount.run_tally IS 'What all workers together did for a run: images counted and failed, images per second of late and on average, and whether any of them was simulated.';

CREATE FUNCTION headcount.leased_runs() RETURNS SETOF integer
LANGUAGE sql STABLE SET jit = off SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT DISTINCT s.run_id
    FROM headcount.workers w JOIN headcount.shards s ON s.worker_id = w.id AND s.token >= w.held_from
    WHERE w.stopped_at IS NULL
$$;
COMMENT ON FUNCTION headcount.leased_runs IS 'The runs of which some worker holds a shard.';

CREATE VIEW headcount.progress AS
SELECT s.name AS set_name, r.id AS run_id,
    CASE
        WHEN r.wish = 'cancelled' THEN 'cancelled'
        WHEN r.images <= t.counted + t.failed THEN 'done'
        WHEN r.wish = 'paused' THEN 'paused'
        WHEN r.id IN (SELECT headcount.leased_runs()) THEN 'counting'
        ELSE 'waiting'
    END AS state,
    r.images, t.counted, t.failed, r.images - t.counted - t.failed AS pending,
    CASE
        WHEN r.images <= t.counted + t.failed THEN t.average
        ELSE t.rate
    END AS images_per_second,
    CASE
        -- Not beyond a century, which is no estimate, and less so beyond what an interval can hold.
        WHEN r.images > t.counted + t.failed AND t.rate * 3e9 > r.images - t.counted - t.failed
        THEN ((r.images - t.counted - t.failed) / t.rate) * interval '1 second'
    END AS eta,
    m.name AS model, r.plan, r.priority, t.simulated, r.created_at, t.last_at
FROM headcount.runs r
JOIN headcount.sets s ON s.id = r.set_id
JOIN headcount.models m ON m.id = r.model_id
CROSS JOIN LATERAL headcount.run_tally(r.id) AS t;

COMMENT ON VIEW headcount.progress IS 'How far every run is. Reads no counts: as fast for a hundred million images as for ten.';
COMMENT ON COLUMN headcount.progress.set_name IS 'Image set.';
COMMENT ON COLUMN headcount.progress.run_id IS 'Run.';
COMMENT ON COLUMN headcount.progress.state IS 'waiting, counting, paused, cancelled or done.';
COMMENT ON COLUMN headcount.progress.images IS 'Images of the run.';
COMMENT ON COLUMN headcount.progress.counted IS 'Images that have their count.';
COMMENT ON COLUMN headcount.progress.failed IS 'Images that failed for good.';
COMMENT ON COLUMN headcount.progress.pending IS 'Images that have neither.';
COMMENT ON COLUMN headcount.progress.images_per_second IS 'Rate of all workers over about the last 20 seconds; once the run is done, its average from the first result to the last.';
COMMENT ON COLUMN headcount.progress.eta IS 'Time until the run is done at that rate; NULL while nobody works on it, or hardly.';
COMMENT ON COLUMN headcount.progress.model IS 'Name of the model.';
COMMENT ON COLUMN headcount.progress.plan IS 'Tile plan.';
COMMENT ON COLUMN headcount.progress.priority IS 'Priority of the run.';
COMMENT ON COLUMN headcount.progress.simulated IS 'True where any of its counts came from no real device.';
COMMENT ON COLUMN headcount.progress.created_at IS 'When the run was made.';
COMMENT ON COLUMN headcount.progress.last_at IS 'When a result was last written.';
