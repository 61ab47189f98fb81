import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

/**
 * Writes lib/local/sunroom.db, the file with which the embedded engine begins: `node scripts/writeEngineFile.ts`. It
 * holds the engine's own table of stream records, and an index that the engine lacks: before each write it looks for the
 * greatest number among all records that it ever kept. The engine keeps a table that is there. To be run again when a new
 * version of the engine makes another table (`test/local/engineFile.test.ts`).
 */

const file = fileURLToPath(new URL("../lib/local/sunroom.db", import.meta.url));
rmSync(file, { force: true });
const database = new DatabaseSync(file);
database.exec(`
  CREATE TABLE _stream_records (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                table_name TEXT NOT NULL,
                event_name TEXT NOT NULL,
                keys_json TEXT NOT NULL,
                new_image TEXT,
                old_image TEXT,
                sequence_number TEXT NOT NULL,
                shard_id TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                user_identity TEXT
            );
  -- SQLite uses it for the engine's own expression alone, which has INTEGER in capitals.
  CREATE INDEX _stream_records_by_number ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
  VACUUM;
`);
database.close();
