-- Four roles to grant to people and programs, each with just what it needs. They belong to the whole server; where the
-- one who migrates may not make roles, an administrator calls headcount.grant_roles() later, or leaves it.
--
-- What writes is done by functions that run with the rights of their owner; the tables themselves are nobody's to write.

DO $functions$
DECLARE
    function regprocedure;
BEGIN
    FOR function IN
        SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'headcount'::regnamespace
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', function);
    END LOOP;
    FOR function IN
        SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'headcount'::regnamespace AND p.proname IN (
            -- Workers.
            'claim', 'heartbeat', 'record', 'give_up', 'sign_off', 'release_expired',
            -- People who run the archive.
            'pause', 'resume', 'cancel', 'set_priority', 'retry', 'retry_run', 'remove_set', 'detach_run',
            'detach_old_runs', 'fold_tallies', 'scale', 'quarantine', 'release', 'pin',
            -- Coordinators, and the triggers of what these and those write.
            'record_host', 'record_cards', 'end_workers', 'record_samples', 'take_lead', 'require_lead', 'do_chores',
            'do_upkeep', 'set_workers', 'find_card', 'notify_cards', 'take_labels', 'pass_labels')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, pg_temp', function);
    END LOOP;
END $functions$;

CREATE FUNCTION headcount.grant_roles() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    role text;
    owner text := (SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'headcount');
    function regprocedure;
BEGIN
    FOREACH role IN ARRAY ARRAY['headcount_reader', 'headcount_enqueuer', 'headcount_worker', 'headcount_admin'] LOOP
        IF to_regrole(role) IS NULL THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role);
            EXCEPTION
                -- Somebody else migrates another database of this server just now.
                WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
    END LOOP;
    GRANT USAGE ON SCHEMA headcount TO headcount_reader, headcount_enqueuer, headcount_worker, headcount_admin;

    -- Reads everything, changes nothing; also the partitions that are made later, by the owner.
    GRANT SELECT ON ALL TABLES IN SCHEMA headcount TO headcount_reader;
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA headcount GRANT SELECT ON TABLES TO headcount_reader',
        owner);
    -- What only reads, with the rights of the caller, harms nobody.
    FOR function IN
        SELECT p.oid::regprocedure FROM pg_proc p
        WHERE p.pronamespace = 'headcount'::regnamespace AND p.provolatile <> 'v' AND NOT p.prosecdef
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO headcount_reader, headcount_worker, headcount_enqueuer', function);
    END LOOP;

    -- Adds images and runs, and may look which sets and models there are; no count, no URL of another's.
    GRANT INSERT ON headcount.inbox TO headcount_enqueuer;
    GRANT SELECT ON headcount.migrations, headcount.sets, headcount.models, headcount.failure_classes TO headcount_enqueuer;
    GRANT EXECUTE ON FUNCTION headcount.enqueue, headcount.take_in, headcount.recount TO headcount_enqueuer;

    -- Claims and writes results through the fence alone.
    GRANT SELECT ON headcount.migrations, headcount.sets, headcount.runs, headcount.models, headcount.model_files,
        headcount.workers, headcount.tallies, headcount.stripes, headcount.shards, headcount.progress,
        headcount.failure_classes, headcount.backlog TO headcount_worker;
    GRANT INSERT (host, process, engine, engine_version, card, simulated, version, ticket)
        ON headcount.workers TO headcount_worker;
    GRANT EXECUTE ON FUNCTION headcount.claim, headcount.heartbeat, headcount.record, headcount.written, headcount.give_up,
        headcount.sign_off, headcount.release_expired, headcount.known_count, headcount.earlier_counts
        TO headcount_worker;
    -- Coordinators log in as workers do.
    GRANT SELECT ON headcount.leadership, headcount.hosts, headcount.cards, headcount.card_samples,
        headcount.card_status TO headcount_worker;
    GRANT UPDATE (heartbeat_at, stopped_at) ON headcount.hosts TO headcount_worker;
    GRANT UPDATE (quarantined_at, quarantine_reason) ON headcount.cards TO headcount_worker;
    GRANT EXECUTE ON FUNCTION headcount.find_card, headcount.record_host, headcount.record_cards,
        headcount.end_workers, headcount.record_samples, headcount.take_lead, headcount.require_lead,
        headcount.do_chores, headcount.do_upkeep, headcount.set_workers TO headcount_worker;

    -- People who run the archive: all of the above, and what changes runs, sets and cards.
    GRANT EXECUTE ON FUNCTION headcount.pause, headcount.resume, headcount.cancel, headcount.set_priority,
        headcount.retry, headcount.retry_run, headcount.remove_set, headcount.detach_run, headcount.detach_old_runs,
        headcount.fold_tallies, headcount.pin, headcount.scale, headcount.quarantine, headcount.release
        TO headcount_admin;
    GRANT UPDATE (wish, priority, card_label, keeps_density) ON headcount.runs TO headcount_admin;
    GRANT UPDATE (detach_after) ON headcount.sets TO headcount_admin;
    GRANT UPDATE (attempts, first_delay) ON headcount.failure_classes TO headcount_admin;
    GRANT UPDATE (desired_workers, labels) ON headcount.cards TO headcount_admin;
    GRANT INSERT, UPDATE (is_default), DELETE ON headcount.models TO headcount_admin;
    GRANT INSERT, DELETE ON headcount.model_files TO headcount_admin;
    GRANT INSERT, UPDATE, DELETE ON headcount.truth TO headcount_admin;
    GRANT headcount_reader, headcount_enqueuer, headcount_worker TO headcount_admin;
END $$;
REVOKE ALL ON FUNCTION headcount.grant_roles FROM PUBLIC;
COMMENT ON FUNCTION headcount.grant_roles IS 'Makes the four roles where they are missing and gives each its rights on this database; again does no harm. For a superuser, where the one who migrated may not make roles.';

DO $roles$
BEGIN
    PERFORM headcount.grant_roles();
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'the roles of headcount were not made (%): a superuser may call headcount.grant_roles()', SQLERRM;
END $roles$;
