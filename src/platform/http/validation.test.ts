import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { compileValidator, registerFormats } from './validation.ts'

test('of a list that is far too long only the beginning is looked at to say what is wrong', () => {
  registerFormats()
  const schema = Type.Object({ list: Type.Array(Type.String(), { maxItems: 20 }) })
  const validate = compileValidator({ schema, method: 'POST', url: '/', httpPart: 'body' })
  let looks = 0
  const list = new Proxy(Array(200_000).fill(7), {
    get: (target, name, receiver) => {
      looks++
      return Reflect.get(target, name, receiver)
    },
  })
  expect(validate({ list })).toHaveProperty('error')
  expect(looks).toBeLessThan(5000)
})
