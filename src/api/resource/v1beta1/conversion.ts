import { changeField, changeItems } from '../../change.ts'

/** Objects of both versions, which name the same fields alike: what differs is where some of them stand. */
interface Json {
  readonly [field: string]: unknown
}
interface Claim extends Json {
  readonly spec: ClaimSpec
}
interface Template extends Json {
  readonly spec: { readonly spec: ClaimSpec }
}
interface ClaimSpec extends Json {
  readonly devices?: { readonly requests?: readonly Json[] }
}
interface Slice extends Json {
  readonly spec: { readonly devices?: readonly Json[] } & Json
}
type Change = (item: Json) => Json

/** Claims of version 1 have the fields of an exact request in a message of their own. */
export function claimFromBeta(claim: Claim): Claim {
  return changeField(claim, 'spec', changeRequests(requestFromBeta))
}
export function claimToBeta(claim: Claim): Claim {
  return changeField(claim, 'spec', changeRequests(requestToBeta))
}

export function templateFromBeta(template: Template): Template {
  return changeField(template, 'spec', (spec) =>
    changeField(spec, 'spec', changeRequests(requestFromBeta)),
  )
}
export function templateToBeta(template: Template): Template {
  return changeField(template, 'spec', (spec) =>
    changeField(spec, 'spec', changeRequests(requestToBeta)),
  )
}

/** Devices of version 1 have their properties in themselves. */
export function sliceFromBeta(slice: Slice): Slice {
  return changeField(slice, 'spec', changeDevices(deviceFromBeta))
}
export function sliceToBeta(slice: Slice): Slice {
  return changeField(slice, 'spec', changeDevices(deviceToBeta))
}

function changeRequests(change: Change): (spec: ClaimSpec) => ClaimSpec {
  return (spec) =>
    changeField(spec, 'devices', (devices) =>
      changeField(devices, 'requests', (requests) => changeItems(requests, change)),
    )
}

function requestFromBeta({ name, firstAvailable, ...exactly }: Json): Json {
  const isExact = Object.values(exactly).some((value) => value !== '')
  return {
    name,
    ...(isExact && { exactly }),
    ...(firstAvailable !== undefined && { firstAvailable }),
  }
}

function requestToBeta({ exactly, ...request }: Json): Json {
  return { deviceClassName: '', ...(exactly as Json | undefined), ...request }
}

/** The zero value of where devices are is left out of the beta form alone. */
function changeDevices(change: Change): (spec: Slice['spec']) => Slice['spec'] {
  return ({ nodeName, allNodes, ...spec }) => ({
    ...changeField(spec, 'devices', (devices) => changeItems(devices, change)),
    ...(nodeName !== undefined && nodeName !== '' && { nodeName }),
    ...(allNodes === true && { allNodes }),
  })
}

function deviceFromBeta({ name, basic }: Json): Json {
  return { name, ...(basic as Json | undefined) }
}

function deviceToBeta({ name, ...basic }: Json): Json {
  return { name, basic }
}
