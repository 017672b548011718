"""The same reads, written by hand in SQL: what the database needs when nothing else is asked of it."""

CONTACTS = """
    SELECT i.occurred_at, i.id, i.channel, i.kind, i.title, left(i.body, 6000), i.data::text
    FROM crm_identifier own
    CROSS JOIN unnest(%(channels)s::text[]) AS c (channel)
    CROSS JOIN LATERAL (
        SELECT * FROM journeys_interaction i
        WHERE i.identifier_id = own.id AND i.channel = c.channel AND i.occurred_at < %(before)s
        ORDER BY i.occurred_at DESC, i.id DESC LIMIT 41
    ) AS i
    WHERE own.customer_id = %(customer)s
"""
VISITS = """
    SELECT s.started_at, s.id, 'web', 'visit', s.hits::text, '', s.pages::text
    FROM crm_identifier own
    CROSS JOIN LATERAL (
        SELECT * FROM journeys_session s WHERE s.identifier_id = own.id AND s.started_at < %(before)s
        ORDER BY s.started_at DESC, s.id DESC LIMIT 41
    ) AS s
    WHERE own.customer_id = %(customer)s
"""
STREAM = f"({CONTACTS}) UNION ALL ({VISITS}) ORDER BY 1 DESC, 2 DESC LIMIT 41"
FILTERED = f"{CONTACTS} AND (i.title ILIKE %(text)s OR i.body ILIKE %(text)s) ORDER BY 1 DESC, 2 DESC LIMIT 41"
NAMED = """
    SELECT found.customer_id, c.public_id, found.value, t.name, t.value
    FROM (SELECT DISTINCT ON (customer_id) customer_id, value FROM ({found}) AS hits LIMIT 20) AS found
    JOIN crm_customer c ON c.id = found.customer_id
    JOIN crm_identifier i ON i.customer_id = c.id
    LEFT JOIN crm_trait t ON t.identifier_id = i.id AND t.name IN ('given_name', 'surname')
"""
BY_VALUE = NAMED.format(
    found="SELECT customer_id, value FROM crm_identifier WHERE value = %(value)s AND kind = %(kind)s"
)
BY_NAME = NAMED.format(
    found="""SELECT i.customer_id, n.names AS value
             FROM crm_searchname n JOIN crm_identifier i ON i.id = n.identifier_id
             WHERE n.document @@ %(words)s::tsquery LIMIT 20"""
)
LATEST = """
    SELECT latest.at, i.customer_id, t.name, t.value
    FROM (
        SELECT i.customer_id, max(l.occurred_at) AS at
        FROM (SELECT occurred_at, identifier_id FROM journeys_interaction WHERE occurred_at < %(before)s
              ORDER BY occurred_at DESC, id DESC LIMIT 150) AS l
        JOIN crm_identifier i ON i.id = l.identifier_id
        GROUP BY 1 ORDER BY 2 DESC LIMIT 30
    ) AS latest
    JOIN crm_identifier i ON i.customer_id = latest.customer_id
    LEFT JOIN crm_trait t ON t.identifier_id = i.id AND t.name IN ('given_name', 'surname')
    ORDER BY latest.at DESC
"""
EVERY_CHANNEL = ["call", "email", "social"]
