/** Text as PostgreSQL can hold it: without NUL and halves of surrogate pairs, which tags have been seen with. */
export const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed()
