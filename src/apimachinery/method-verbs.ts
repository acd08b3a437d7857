/**
 * The verb that a method stands for, where one object is meant. A map, since HTTP/2 lets clients name a method as they
 * like, `toString` for instance.
 */
export const METHOD_VERBS: ReadonlyMap<string, 'create' | 'delete' | 'get' | 'patch' | 'update'> =
  new Map([
    ['POST', 'create'],
    ['GET', 'get'],
    ['HEAD', 'get'],
    ['PUT', 'update'],
    ['PATCH', 'patch'],
    ['DELETE', 'delete'],
  ])
