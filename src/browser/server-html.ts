type Policy = { createHTML: (text: string) => unknown; createScriptURL: (address: string) => unknown }

/** Browsers that guard such calls let only this policy through; the pages' Content-Security-Policy names it. */
const policy = makePolicy()

function makePolicy(): Policy {
  const guard: unknown = Reflect.get(window, 'trustedTypes')
  const asIs: Policy = { createHTML: (text) => text, createScriptURL: (address) => address }
  if (typeof guard !== 'object' || guard === null) return asIs
  const create: unknown = Reflect.get(guard, 'createPolicy')
  return typeof create === 'function' ? create.call(guard, 'madang', asIs) : asIs
}

/** HTML that our own server rendered and made safe, as nodes. Never for text from anywhere else. */
export function serverHtml(html: string): DocumentFragment {
  const guarded = [policy.createHTML(html), 'text/html']
  const parsed: unknown = Reflect.apply(DOMParser.prototype.parseFromString, new DOMParser(), guarded)
  const fragment = document.createDocumentFragment()
  if (parsed instanceof Document) {
    fragment.append(...[...parsed.body.childNodes].map((node) => document.importNode(node, true)))
  }
  return fragment
}

/** An address of our own server's script, for calls that are guarded as markup is. */
export function scriptAddress(address: '/service-worker.js'): unknown {
  return policy.createScriptURL(address)
}
