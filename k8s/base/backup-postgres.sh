# A dump of the database at DATABASE_URL in BACKUPS, whole or not at all; those older than KEEP_DAYS go.
set -eu
file="$BACKUPS/postgres-$(date -u +%Y%m%dT%H%M%SZ).dump"
pg_dump --dbname="$DATABASE_URL" --format=custom --file="$file.part"
mv "$file.part" "$file"
find "$BACKUPS" -name 'postgres-*.dump*' -mtime "+$KEEP_DAYS" -delete
echo "$file"
