/** Reads records of fields with commas between them; a field in quotes may hold commas and doubled quotes (RFC 4180). */
export function parseCsv(text: string): readonly (readonly string[])[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map(fieldsOf)
}

function fieldsOf(line: string): readonly string[] {
  const fields: string[] = []
  const pattern = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y
  for (;;) {
    const match = pattern.exec(line)
    if (!match) throw new Error(`bare " in record ${JSON.stringify(line.slice(0, 3))}…`)
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] === '') return fields
  }
}
