export { encodeJson, JsonSyntaxError, parseJson, readJson } from '../schema/json.ts'
