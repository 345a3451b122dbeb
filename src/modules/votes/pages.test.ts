import { expect, it } from 'vitest'
import { makeTestApp } from '#test/support/app.ts'

it('the bookmark button without script keeps a post, and pressed again forgets it', async () => {
  await using test = await makeTestApp()
  const member = await test.member()
  const post = await test.post(member, await test.board())
  const press = async () => {
    const page = (await member.page(`/p/${post.id}/a-post`)).body
    const [, name = '', value = ''] = /class="bookmark".*?name="(\w+)" value="(\d)"/s.exec(page) ?? []
    await member.page(`/p/${post.id}/bookmark`, { [name]: value })
    return (await member.api('GET', `/posts/${post.id}`)).json().mine.bookmarked
  }
  expect([await press(), await press(), await press()]).toEqual([true, false, true])
})
