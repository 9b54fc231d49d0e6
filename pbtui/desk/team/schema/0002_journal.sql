-- The journal lines of all desks, as each desk has them in its own files.
--
-- A run of a desk or a command is one chain: each line begins with its number and ends with the SHA-256 of the line
-- before it, the first one with that of the run before. The name of a run is the SHA-256 of its first line. All lines of
-- a profile are a second chain, in the order in which they were stored.
-- The functions add lines. No function changes or removes one, and a desk has no right to do it by itself.
--
-- Retention: lines stay until a DBA takes out a month, which the law may allow after five years:
--     alter table pbtui.journal_line detach partition pbtui.journal_line_2026_11;
-- Months are those in which a line was stored, in UTC: the clock of a desk can be wrong.

create table pbtui.journal (
    server text not null,
    profile text not null,
    lines bigint not null default 0,
    head text not null default '', -- `chain` of the newest line
    primary key (server, profile)
);

create table pbtui.journal_run (
    run text primary key,
    server text not null,
    profile text not null,
    operator text not null,
    host text not null,
    file text not null, -- with its folder
    lines bigint not null,
    head text not null, -- `hash` of the newest line
    stored_at timestamptz not null, -- of the newest line: it is there as long as its month is
    foreign key (server, profile) references pbtui.journal
);

create table pbtui.journal_line (
    stored_at timestamptz not null,
    server text not null,
    profile text not null,
    no bigint not null, -- in the chain of the profile, from 1
    chain text not null, -- SHA-256 of `chain` of the line before, no, run, line and hash, with spaces between them
    run text not null,
    line bigint not null, -- in the run, from 1
    hash text not null,
    content bytea not null, -- the very bytes of the line, without the line end
    -- What follows is what the desk says of the content, to search by.
    at timestamptz not null,
    kind text not null,
    ticket text not null, -- empty: none
    portfolios text[] not null,
    orders text[] not null
) partition by range (stored_at);
create index journal_line_in_profile on pbtui.journal_line (server, profile, no);
create index journal_line_in_run on pbtui.journal_line (run, line);
create index journal_line_in_time on pbtui.journal_line (server, at);
create index journal_line_of_ticket on pbtui.journal_line (ticket);
create index journal_line_of_order on pbtui.journal_line using gin (orders);

-- Makes the partition of a month if it is missing. It is made apart and then attached, which locks out neither those who
-- read nor those who add lines: a backup may read for hours.
create function pbtui.journal_month(p_at timestamptz) returns void
    language plpgsql set search_path = pg_catalog
    as $$
declare
    v_month timestamp := date_trunc('month', p_at at time zone 'UTC');
    v_name text := 'journal_line_' || to_char(v_month, 'YYYY_MM');
begin
    if to_regclass('pbtui.' || v_name) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtext('pbtui.journal_month'));
    if to_regclass('pbtui.' || v_name) is not null then
        return; -- another desk made it meanwhile
    end if;
    execute format('create table pbtui.%I (like pbtui.journal_line including all)', v_name);
    execute format(
        'alter table pbtui.journal_line attach partition pbtui.%I for values from (%L) to (%L)',
        v_name, v_month at time zone 'UTC', (v_month + interval '1 month') at time zone 'UTC'
    );
end
$$;

-- Adds lines of a run, the first of them with number p_first; all of them or none. What is there already is compared.
-- p_facts is a list of {"at", "kind", "ticket", "portfolios", "orders"}, one for each line.
-- {"refused": reason, "line": number} or {"lines": of the run, "no": of the profile, "chain": head of the profile}.
create function pbtui.add_journal_lines(
    p_server text, p_profile text, p_operator text, p_host text, p_file text, p_run text, p_first bigint,
    p_contents bytea[], p_facts jsonb
) returns jsonb
    language plpgsql security definer set search_path = pg_catalog
    as $$
declare
    v_journal pbtui.journal;
    v_run pbtui.journal_run;
    v_now timestamptz;
    v_line bigint := p_first;
    v_content bytea;
    v_hash text;
    v_known text;
    v_begin text;
    v_end text;
    v_fact jsonb;
begin
    perform pbtui.require_read_committed();
    if cardinality(p_contents) <> jsonb_array_length(p_facts) or p_first < 1 then
        raise exception 'each line needs its facts, and a number from 1 on';
    end if;
    insert into pbtui.journal (server, profile) values (p_server, p_profile) on conflict do nothing;
    select * into v_journal from pbtui.journal where server = p_server and profile = p_profile for no key update;
    select * into v_run from pbtui.journal_run where run = p_run;
    if not found then
        v_run := row(p_run, p_server, p_profile, p_operator, p_host, p_file, 0, '', clock_timestamp());
        insert into pbtui.journal_run select v_run.*;
    elsif (v_run.server, v_run.profile) <> (p_server, p_profile) then
        return jsonb_build_object('refused', 'the run belongs to another profile in the store', 'line', p_first);
    end if;
    v_now := clock_timestamp();
    perform pbtui.journal_month(v_now);
    for i in 1 .. cardinality(p_contents) loop
        v_content := p_contents[i];
        v_hash := encode(sha256(v_content), 'hex');
        if v_line <= v_run.lines then
            select hash into v_known from pbtui.journal_line where run = p_run and line = v_line;
            -- One without a stored line was in a month that was taken out.
            if v_known is not null and v_known <> v_hash then
                raise exception using errcode = 'PB001', message = 'the store has another line here';
            end if;
        else
            if v_line > v_run.lines + 1 then
                raise exception using errcode = 'PB001',
                    message = format('the store has %s lines of this run: those between are missing', v_run.lines);
            end if;
            if v_line = 1 and v_hash <> p_run then
                raise exception using errcode = 'PB001', message = 'it is not the first line of this run';
            end if;
            v_begin := format('{"seq":%s,', v_line);
            v_end := case v_line when 1 then '}' else format('"prev":"%s"}', v_run.head) end;
            if substr(v_content, 1, length(v_begin)) <> convert_to(v_begin, 'UTF8')
                or substr(v_content, length(v_content) - length(v_end) + 1) <> convert_to(v_end, 'UTF8') then
                raise exception using errcode = 'PB001',
                    message = 'it does not continue the line before it in the store';
            end if;
            v_fact := p_facts -> (i - 1);
            v_journal.lines := v_journal.lines + 1;
            v_journal.head := encode(sha256(convert_to(
                concat_ws(' ', v_journal.head, v_journal.lines, p_run, v_line, v_hash), 'UTF8'
            )), 'hex');
            insert into pbtui.journal_line values (
                v_now, p_server, p_profile, v_journal.lines, v_journal.head, p_run, v_line, v_hash, v_content,
                (v_fact ->> 'at')::timestamptz, v_fact ->> 'kind', v_fact ->> 'ticket',
                array(select jsonb_array_elements_text(v_fact -> 'portfolios')),
                array(select jsonb_array_elements_text(v_fact -> 'orders'))
            );
            v_run.lines := v_line;
            v_run.head := v_hash;
            v_run.stored_at := v_now;
        end if;
        v_line := v_line + 1;
    end loop;
    update pbtui.journal_run set lines = v_run.lines, head = v_run.head, stored_at = v_run.stored_at
        where run = p_run;
    update pbtui.journal set lines = v_journal.lines, head = v_journal.head
        where server = p_server and profile = p_profile;
    return jsonb_build_object('lines', v_run.lines, 'no', v_journal.lines, 'chain', v_journal.head);
exception when sqlstate 'PB001' then -- nothing of this call is kept
    return jsonb_build_object('refused', sqlerrm, 'line', v_line);
end
$$;

revoke all on pbtui.journal, pbtui.journal_run, pbtui.journal_line from public;
revoke all on function pbtui.journal_month, pbtui.add_journal_lines from public;
grant select on pbtui.journal, pbtui.journal_run, pbtui.journal_line to pbtui_desk;
grant execute on function pbtui.add_journal_lines to pbtui_desk;
