import { randomInt, type Random } from '../../base/random.ts'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'
const ID_LENGTH = 6
const SECRET_LENGTH = 16

/** A new bootstrap token, `ID.SECRET`. */
export function randomToken(random: Random): string {
  const letters = (count: number): string =>
    Array.from({ length: count }, () => LETTERS[randomInt(random, LETTERS.length)]).join('')
  return `${letters(ID_LENGTH)}.${letters(SECRET_LENGTH)}`
}
