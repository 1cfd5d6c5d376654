-- How the images of a run are shared out, and how all workers come to end together; replaces what 0005 says of it.
--
-- Everybody takes three quarters of what is his by his rate of what is left (guided self-scheduling), for ten seconds at
-- most and for six tenths of a second at least: claims shrink towards the end. What is uneven then is stolen, so that
-- no smaller claims are needed for all to end at the same time.

CREATE OR REPLACE FUNCTION headcount.claim_size(rate double precision, fleet double precision, rest bigint,
    in_hand bigint, batch integer)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT CASE
        -- Half a share, that of a sixteenth at most since more workers may come; no more than measures the rate.
        WHEN rate IS NULL THEN greatest(1, least(32, ceil(
            rest / greatest(16.0, 2 * (SELECT count(*) FROM headcount.workers w WHERE w.stopped_at IS NULL)))))
        -- Whoever asks ahead has more than half a second's work under way, and so have the others.
        WHEN in_hand / rate > rest / nullif(greatest(fleet - rate, 0), 0) + 1 THEN 0
        ELSE greatest(1, least(4096, ceil(rate * least(10, greatest(0.6, rest / fleet * 0.75)) / batch) * batch))
    END::bigint
$$;

CREATE OR REPLACE FUNCTION headcount.steal(run integer, worker bigint, own_rate double precision, in_hand bigint,
    batch integer)
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    arrival constant double precision := 0.1;  -- seconds until the first stolen image is computed
    gain constant double precision := 0.1;     -- seconds: less is not worth a claim
    victim record;
    own double precision;
    busy double precision;
    taken bigint;
    kept int8multirange;
    new_id bigint;
BEGIN
    -- From whoever will be done last, and what it would come to last, whether or not that is under way there already: its
    -- card could not begin it before this one has ended it. It learns of that from its next write, of which there are
    -- the more the less it has in hand.
    SELECT s.id, s.images, headcount.multirange_size(s.images) AS size, h.size AS holds, h.rate,
        h.size / h.rate - h.unwritten AS lasts
    INTO victim
    FROM headcount.shards s
    JOIN headcount.workers w ON w.id = s.worker_id AND w.lease_until > clock_timestamp()
    CROSS JOIN LATERAL (
        SELECT sum(headcount.multirange_size(o.images)) AS size,
            (array_agg(o.id ORDER BY o.available_at DESC, o.id DESC))[1] AS newest,
            -- Whoever has told no rate has ended few images since it claimed them.
            coalesce(nullif(w.rate, 0), 4 / greatest(extract(epoch FROM clock_timestamp() - s.available_at), 0.01)
                ::double precision) AS rate,
            -- Seconds whose results are not written yet: a second's at most.
            least(1, extract(epoch FROM clock_timestamp() - greatest(min(o.available_at), (
                SELECT t.last_at FROM headcount.tallies t WHERE t.run_id = run AND t.worker_id = w.id
                ORDER BY t.version DESC LIMIT 1))))::double precision AS unwritten
        FROM headcount.shards o WHERE o.worker_id = w.id AND NOT isempty(o.images)
    ) AS h
    WHERE s.run_id = run AND s.worker_id IS NOT NULL AND s.worker_id <> worker AND s.id = h.newest
        AND h.size / h.rate - h.unwritten > greatest(in_hand / coalesce(own_rate, h.rate), arrival) + gain
    ORDER BY lasts DESC LIMIT 1
    FOR UPDATE OF s SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN '{}';
    END IF;
    -- Shared so that both end together, in whole launches, one of which stays.
    own := coalesce(own_rate, victim.rate);
    busy := greatest(in_hand / own, arrival);
    taken := round((victim.lasts - busy) * own * victim.rate / (own + victim.rate) / batch) * batch;
    taken := least(taken, victim.size, victim.holds - batch);
    IF taken <= 0 THEN
        RETURN '{}';
    END IF;
    kept := headcount.first_images(victim.images, victim.size - taken);
    UPDATE headcount.shards SET images = kept WHERE id = victim.id;
    INSERT INTO headcount.shards (run_id, images, token, worker_id)
    VALUES (run, victim.images - kept, headcount.new_token(), worker) RETURNING id INTO new_id;
    RETURN ARRAY[new_id];
END $$;
