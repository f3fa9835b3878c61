/** Text as PostgreSQL can hold it: without NUL and halves of surrogate pairs, both of which tags have been seen with. */
export const storableText = (text: string): string => text.replaceAll('\0', '').toWellFormed()
