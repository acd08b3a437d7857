import {
  QUANTITY_ERROR,
  type Quantity,
  addQuantities,
  compareQuantities,
  parseQuantity,
  subtractQuantities,
} from '../../schema/quantity.ts'
import type { Overload } from '../check/overload.ts'
import { fn, method } from '../check/overload.ts'
import { isInt64 } from '../values/number.ts'
import type { Result } from '../values/value.ts'
import { CelError, OpaqueValue } from '../values/value.ts'

const NANO = 1_000_000_000n

class QuantityValue extends OpaqueValue {
  readonly typeName = 'kubernetes.Quantity'
  readonly quantity: Quantity

  constructor(quantity: Quantity) {
    super()
    this.quantity = quantity
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof QuantityValue && other.quantity.nano === this.quantity.nano
  }
}

/** The value of a quantity's text. */
export function quantityFrom(text: string): Result {
  const quantity = parseQuantity(text)
  return quantity ? new QuantityValue(quantity) : new CelError(QUANTITY_ERROR)
}

/** The value as an int. What is too large for one lies at the largest, where larger quantities are cut off. */
function integerOf({ quantity: { nano } }: QuantityValue): bigint | undefined {
  return nano % NANO === 0n && isInt64(nano / NANO + 1n) ? nano / NANO : undefined
}

const whole = (value: bigint): Quantity => ({ nano: value * NANO, format: 'DecimalExponent' })

function compared({ quantity: a }: QuantityValue, { quantity: b }: QuantityValue): number {
  return compareQuantities(a, b)
}

const combine =
  (operation: (a: Quantity, b: Quantity) => Quantity) =>
  ({ quantity }: QuantityValue, other: QuantityValue | bigint): Result =>
    new QuantityValue(
      operation(quantity, typeof other === 'bigint' ? whole(other) : other.quantity),
    )

const [add, subtract] = [combine(addQuantities), combine(subtractQuantities)]
const Q = 'kubernetes.Quantity'

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library */
export const QUANTITY: readonly Overload[] = [
  fn('quantity', 'string_to_quantity', `string -> ${Q}`, quantityFrom),
  fn(
    'isQuantity',
    'is_quantity_string',
    'string -> bool',
    (text: string) => parseQuantity(text) !== undefined,
  ),
  fn('sign', 'quantity_sign', `${Q} -> int`, ({ quantity: { nano } }: QuantityValue) =>
    nano > 0n ? 1n : nano < 0n ? -1n : 0n,
  ),
  method(
    'isGreaterThan',
    'quantity_is_greater_than',
    `${Q}, ${Q} -> bool`,
    (a: QuantityValue, b: QuantityValue) => compared(a, b) > 0,
  ),
  method(
    'isLessThan',
    'quantity_is_less_than',
    `${Q}, ${Q} -> bool`,
    (a: QuantityValue, b: QuantityValue) => compared(a, b) < 0,
  ),
  method(
    'compareTo',
    'quantity_compare_to',
    `${Q}, ${Q} -> int`,
    (a: QuantityValue, b: QuantityValue) => BigInt(compared(a, b)),
  ),
  method(
    'asApproximateFloat',
    'quantity_get_float',
    `${Q} -> double`,
    ({ quantity: { nano } }: QuantityValue) => Number(nano) / 1e9,
  ),
  method(
    'asInteger',
    'quantity_get_int',
    `${Q} -> int`,
    (value: QuantityValue) => integerOf(value) ?? new CelError('cannot convert value to integer'),
  ),
  method(
    'isInteger',
    'quantity_is_integer',
    `${Q} -> bool`,
    (value: QuantityValue) => integerOf(value) !== undefined,
  ),
  method('add', 'quantity_add', `${Q}, ${Q} -> ${Q}`, add),
  method('add', 'quantity_add_int', `${Q}, int -> ${Q}`, add),
  method('sub', 'quantity_sub', `${Q}, ${Q} -> ${Q}`, subtract),
  method('sub', 'quantity_sub_int', `${Q}, int -> ${Q}`, subtract),
]
