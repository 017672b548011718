"""The SQL that builds the timeline benchmark's data: customers as large companies have them, two years of contacts.

A customer c (from 0) has the identifiers c * slots + 1 ... slots: e-mail, phone, browser; a login id every second; a
handle every third; a second browser every fifth. Half of all contacts go to anybody, half more often to low numbers.
Customer 0 has a hundred thousand; 1 to `merged` are one. Rows are in the order of time, as they would have arrived.
"""

TABLES = (
    "crm_customer",
    "crm_identifier",
    "crm_link",
    "crm_trait",
    "crm_searchname",
    "crm_reference",
    "crm_consent",
    "journeys_session",
    "journeys_interaction",
)
TEMPORARY = "CREATE TEMPORARY TABLE {name} (n int PRIMARY KEY, name text) ON COMMIT DROP"

PEOPLE = """
    CREATE TEMPORARY TABLE people ON COMMIT DROP AS
    SELECT c, g.name AS given_name, s.name AS surname,
           CASE WHEN c BETWEEN 1 AND {merged} THEN {slots} + 1 ELSE c * {slots} + 1 END AS customer_id
    FROM generate_series(0::bigint, {customers} - 1) AS c
    JOIN given g ON g.n = floor((SELECT count(*) FROM given) * power(c * 7919 % 100003 / 100003.0, 1.5))
    JOIN surname s ON s.n = floor((SELECT count(*) FROM surname) * power(c * 104729 % 100019 / 100019.0, 2))
"""
SLOTS = """
    CREATE TEMPORARY TABLE slot ON COMMIT DROP AS
    SELECT c, customer_id, c * {slots} + k AS id, k, given_name, surname
    FROM people, generate_series(1, {slots}) AS k
    WHERE k <= 3 OR k = 4 AND c % 2 = 0 OR k = 5 AND c % 3 = 0 OR k = 6 AND c % 5 = 0
"""
CUSTOMERS = """
    INSERT INTO crm_customer (id, public_id, created_at)
    SELECT id, gen_random_uuid(), now() - interval '2 years' FROM slot
"""
IDENTIFIERS = """
    INSERT INTO crm_identifier (id, kind, namespace, value, customer_id, origin_id, shared, created_at)
    SELECT id, (ARRAY['email', 'phone', 'cookie', 'login', 'handle', 'cookie'])[k],
           (ARRAY['', '', 'shop', 'shop', 'messenger:1', 'shop'])[k],
           CASE k WHEN 1 THEN lower(given_name || '.' || surname) || c || '@example.com'
                  WHEN 2 THEN '+447' || lpad((c * 999983 % 1000000000)::text, 9, '0')
                  WHEN 4 THEN 'member-' || c WHEN 5 THEN 'psid-' || c
                  ELSE md5(k || '-' || c) END,
           customer_id, id, '', now() - interval '2 years'
    FROM slot
"""
LINKS = """
    INSERT INTO crm_link (a_id, b_id, verdict, basis, is_verified, weight, source_id, evidence, created_at, held)
    SELECT c * {slots} + 1, id, 'same', 'observed', true, 0, 1,
           jsonb_build_object('interaction', 'contact-' || c), now() - interval '1 year', ''
    FROM slot WHERE k > 1
    UNION ALL
    SELECT {slots} + 1, c * {slots} + 1, 'same', 'staff', true, 0, 1, '{{}}', now() - interval '1 month', ''
    FROM people WHERE c BETWEEN 2 AND {merged}
"""
TRAITS = """
    INSERT INTO crm_trait (identifier_id, source_id, name, value, first_seen_at, last_seen_at)
    SELECT c * {slots} + 1, 1, t.name, t.value, now() - interval '2 years', now() - interval '1 month'
    FROM people
    CROSS JOIN LATERAL (VALUES ('given_name', given_name), ('surname', surname),
                               ('city', (ARRAY['Cardiff', 'Leeds', 'Bath', 'York'])[1 + c % 4])) AS t (name, value)
"""
DOCUMENTS = """
    INSERT INTO crm_searchname (identifier_id, names, document)
    SELECT c * {slots} + 1, given_name || ' ' || surname, array_to_tsvector(ARRAY[lower(given_name), lower(surname)])
    FROM people
"""
REFERENCES = """
    INSERT INTO crm_reference (identifier_id, kind, value)
    SELECT c * {slots} + 1, 'order', 'NS-' || lpad(c::text, 7, '0') FROM people WHERE c % 10 = 0
"""
CONSENTS = """
    INSERT INTO crm_consent (identifier_id, source_id, purpose, channel, state, occurred_at, recorded_at)
    SELECT c * {slots} + 1, 1, 'marketing', '', 'given', now() - interval '1 year', now() - interval '1 year'
    FROM people WHERE c % 5 = 0
"""
# Whose contact it is, and when: n of m in the order of time.
DRAWN = """
    SELECT n, CASE WHEN n % 2 = 0 THEN floor({customers} * random()) ELSE floor({customers} * power(random(), 2)) END
               ::bigint AS c, n / {general}.0 AS share
    FROM generate_series(1, {general}) AS n
    UNION ALL SELECT n, 0, n / {hot}.0 FROM generate_series(1, {hot}) AS n
    UNION ALL SELECT n, 1 + n % {merged}, n / {of_merged}.0 FROM generate_series(1, {of_merged}) AS n
"""
WHEN = "now() - interval '2 years' * (1 - share) - interval '1 hour' * random()"
DRAW_SESSIONS = f"""
    CREATE TEMPORARY TABLE drawn ON COMMIT DROP AS
    SELECT c, {WHEN} AS at, (3 + floor(5 * random()))::int AS hits, c * {{slots}} + CASE WHEN c % 5 = 0 AND n % 4 = 0
           THEN 6 ELSE 3 END AS browser, c * {{slots}} + CASE WHEN c % 2 = 0 THEN 4 ELSE 3 END AS identifier
    FROM ({
    DRAWN.format(
        general="{sessions}",
        hot="{hot_sessions}",
        of_merged="{merged_sessions}",
        customers="{customers}",
        merged="{merged}",
    )
}) AS d
"""  # noqa: S608 (constants)
SESSIONS = """
    INSERT INTO journeys_session (browser_id, identifier_id, source_id, started_at, ended_at, hits, pages)
    SELECT browser, identifier, 1, at, at + interval '40 seconds' * (hits - 1), hits, hits FROM drawn ORDER BY at
"""
HITS = """
    INSERT INTO journeys_interaction
        (identifier_id, via_id, source_id, key, channel, kind, direction, occurred_at, recorded_at, title, body, data)
    SELECT s.identifier_id, nullif(s.browser_id, s.identifier_id), 1, 'hit-' || s.id || '-' || h, 'web', 'page', 'in',
           s.started_at + interval '40 seconds' * (h - 1), s.started_at, t.title, '',
           jsonb_build_object('url', 'https://shop.example.com/' || lower(replace(t.title, ' ', '-')) || '/' || h,
                              'device', 'Chrome on Windows', 'referrer', 'https://www.google.com/')
    FROM journeys_session s
    CROSS JOIN LATERAL generate_series(1, s.hits) AS h
    CROSS JOIN LATERAL (SELECT (ARRAY['Bahamas holidays', 'Atlantis Paradise Island', 'Flights', 'Extras', 'Offers',
                                      'Checkout', 'Quote'])[h] AS title) AS t
    ORDER BY s.id, h
"""
DRAW_OTHERS = f"""
    CREATE TEMPORARY TABLE others ON COMMIT DROP AS
    SELECT n, c, {WHEN} AS at, (n % 5 + n / 5 % 2)::int AS pick
    FROM ({
    DRAWN.format(
        general="{others}", hot="{hot_others}", of_merged="{merged_others}", customers="{customers}", merged="{merged}"
    )
}) AS d
"""  # noqa: S608 (constants)
OTHERS = """
    INSERT INTO journeys_interaction
        (identifier_id, source_id, key, channel, kind, direction, occurred_at, recorded_at, title, body, data)
    SELECT c * {slots} + m.slot, 2, 'contact-' || row_number() OVER (ORDER BY at), m.channel, m.kind,
           CASE WHEN n % 3 = 0 THEN 'out' ELSE 'in' END, at, at, m.title, m.body, m.data::jsonb
    FROM others
    JOIN LATERAL (VALUES
        ('call', 'call', 2, 'Call in', '', '{{"status": "completed", "duration": 372, "agent": "Ana"}}'),
        ('email', 'email', 1, 'Re: your quote for the Bahamas', repeat(
            'Could we still have the room with the sea view, and what would breakfast add for two? ', 4),
            '{{"to": ["hello@shop.example.com"], "thread": "t1"}}'),
        ('social', 'message', 5, 'Message on Instagram', 'Is the offer still on? It is for a 40th.', '{{}}')
    ) AS m (channel, kind, slot, title, body, data)
      ON m.channel = CASE WHEN pick < 2 THEN 'call' WHEN pick < 4 OR c % 3 > 0 THEN 'email' ELSE 'social' END
    ORDER BY at
"""
SEQUENCES = """
    SELECT setval(pg_get_serial_sequence(t, 'id'), (SELECT max(id) FROM slot))
    FROM unnest(ARRAY['crm_customer', 'crm_identifier']) AS t
"""
STEPS = (
    ("people", PEOPLE),
    ("their slots", SLOTS),
    ("customers", CUSTOMERS),
    ("identifiers", IDENTIFIERS),
    ("links", LINKS),
    ("traits", TRAITS),
    ("search documents", DOCUMENTS),
    ("references", REFERENCES),
    ("consents", CONSENTS),
    ("sessions drawn", DRAW_SESSIONS),
    ("sessions", SESSIONS),
    ("web hits", HITS),
    ("calls, mails, messages drawn", DRAW_OTHERS),
    ("calls, mails, messages", OTHERS),
    ("sequences", SEQUENCES),
)
