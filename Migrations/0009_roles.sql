-- Four roles to grant to people and programs, each with just what it needs. They belong to the whole server; where
-- the one who migrates may not make roles, an administrator runs this file later, or leaves it.
--
-- What writes is done by functions that run with the rights of their owner; the tables themselves are nobody's to write.

DO $roles$
DECLARE
    role text;
    function regprocedure;
BEGIN
    FOREACH role IN ARRAY ARRAY['headcount_reader', 'headcount_enqueuer', 'headcount_worker', 'headcount_admin'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role);
            EXCEPTION
                -- Somebody else migrates another database of this server just now.
                WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
    END LOOP;

    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA headcount FROM PUBLIC;
    GRANT USAGE ON SCHEMA headcount TO headcount_reader, headcount_enqueuer, headcount_worker, headcount_admin;

    -- Reads everything, changes nothing.
    GRANT SELECT ON ALL TABLES IN SCHEMA headcount TO headcount_reader;
    ALTER DEFAULT PRIVILEGES IN SCHEMA headcount GRANT SELECT ON TABLES TO headcount_reader;
    FOR function IN
        SELECT p.oid::regprocedure FROM pg_proc p
        WHERE p.pronamespace = 'headcount'::regnamespace AND p.provolatile <> 'v' AND NOT p.prosecdef
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO headcount_reader, headcount_worker, headcount_enqueuer', function);
    END LOOP;

    -- Adds images and runs, and may look which sets and models there are; no count, no URL of another's.
    GRANT INSERT ON headcount.inbox TO headcount_enqueuer;
    GRANT SELECT ON headcount.migrations, headcount.sets, headcount.models, headcount.failure_classes TO headcount_enqueuer;

    -- Claims and writes results through the fence alone.
    GRANT SELECT ON headcount.migrations, headcount.sets, headcount.runs, headcount.models, headcount.model_files,
        headcount.workers, headcount.tallies, headcount.stripes, headcount.shards, headcount.progress,
        headcount.failure_classes TO headcount_worker;
    GRANT INSERT (host, process, engine, engine_version, card, simulated, version, ticket)
        ON headcount.workers TO headcount_worker;

    FOR function IN
        SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'headcount'::regnamespace
        AND p.proname IN ('claim', 'heartbeat', 'record', 'written', 'give_up', 'sign_off',
            'release_expired')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, pg_temp', function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO headcount_worker', function);
    END LOOP;
    FOR function IN
        SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'headcount'::regnamespace
        AND p.proname IN ('enqueue', 'take_in', 'recount')
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO headcount_enqueuer', function);
    END LOOP;

    -- People who run the archive: all of the above, and what changes runs and sets.
    FOR function IN
        SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'headcount'::regnamespace
        AND p.proname IN ('pause', 'resume', 'cancel', 'set_priority', 'retry', 'retry_run', 'remove_set', 'detach_run',
            'detach_old_runs')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, pg_temp', function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO headcount_admin', function);
    END LOOP;
    GRANT UPDATE (wish, priority, card_label, keeps_density) ON headcount.runs TO headcount_admin;
    GRANT UPDATE (detach_after) ON headcount.sets TO headcount_admin;
    GRANT UPDATE (attempts, first_delay) ON headcount.failure_classes TO headcount_admin;
    GRANT INSERT, UPDATE (is_default) ON headcount.models TO headcount_admin;
    GRANT INSERT ON headcount.model_files TO headcount_admin;
    GRANT headcount_reader, headcount_enqueuer, headcount_worker TO headcount_admin;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'the roles of headcount were not made: %', SQLERRM;
END $roles$;
