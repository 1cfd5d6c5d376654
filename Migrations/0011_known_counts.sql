-- Counts that need not be made again: of a picture whose bytes were counted under another URL, and of one that its
-- server says has not changed. What is taken over was counted with the same model, plan and preprocessing, on the same
-- kind of engine, and names the run and the image that it was counted for.

CREATE FUNCTION headcount.kin_of(run integer) RETURNS integer[]
LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(n.id ORDER BY n.id = run DESC, n.id DESC), '{}') FROM (
        SELECT k.id FROM headcount.runs r
        JOIN headcount.runs k ON k.set_id = r.set_id AND k.model_id = r.model_id AND k.plan = r.plan
            AND k.id <= r.id AND k.detached_at IS NULL
        WHERE r.id = run ORDER BY k.id DESC LIMIT 8) AS n
$$;
COMMENT ON FUNCTION headcount.kin_of IS 'A run, and the last earlier ones that counted the same set with the same model and plan.';

-- The partitions are named outright, as in claim().
CREATE FUNCTION headcount.known_count(run integer, digest bytea, with_preprocessing smallint, worker bigint)
RETURNS TABLE (count double precision, tiles smallint, width integer, height integer, source_run integer,
    source_image bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '1s' SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    kin integer;
BEGIN
    FOREACH kin IN ARRAY headcount.kin_of(run) LOOP
        RETURN QUERY EXECUTE format($query$
            SELECT c.count, c.tiles, c.width, c.height, coalesce(c.source_run, c.run_id),
                coalesce(c.source_image, c.image)
            FROM headcount.%I c
            JOIN headcount.workers w ON w.id = c.worker_id
            JOIN headcount.workers own ON own.id = $3 AND own.engine = w.engine AND own.simulated = w.simulated
            WHERE substr(c.picture_digest, 1, 8) = substr($1, 1, 8) AND c.picture_digest = $1 AND c.preprocessing = $2
            LIMIT 1
            $query$, 'counts_' || kin)
        USING digest, with_preprocessing, worker;
        EXIT WHEN FOUND;
    END LOOP;
END $$;
COMMENT ON FUNCTION headcount.known_count IS 'The count of a picture with these bytes in this run or its kin, where a worker may take it over; no row where there is none.';

CREATE FUNCTION headcount.earlier_counts(run integer, images bigint[], with_preprocessing smallint, worker bigint)
RETURNS TABLE (image bigint, etag text, count double precision, tiles smallint, width integer, height integer,
    digest bytea, bytes bigint, source_run integer, source_image bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s'
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    kin integer;
BEGIN
    FOREACH kin IN ARRAY headcount.kin_of(run) LOOP
        CONTINUE WHEN kin = run;
        RETURN QUERY EXECUTE format($query$
            SELECT c.image, c.etag, c.count, c.tiles, c.width, c.height, c.picture_digest, c.picture_bytes,
                coalesce(c.source_run, c.run_id), coalesce(c.source_image, c.image)
            FROM unnest($1) AS n
            JOIN headcount.%I c ON c.run_id = $2 AND c.image = n AND c.etag IS NOT NULL AND c.preprocessing = $3
            JOIN headcount.workers w ON w.id = c.worker_id
            JOIN headcount.workers own ON own.id = $4 AND own.engine = w.engine AND own.simulated = w.simulated
            $query$, 'counts_' || kin)
        USING images, kin, with_preprocessing, worker;
    END LOOP;
END $$;
COMMENT ON FUNCTION headcount.earlier_counts IS 'Counts of these images in the kin of a run, the newest first, that stand where the server still has the picture of that etag.';
