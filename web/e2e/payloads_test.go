package e2e

import "strings"

// shells are the ways into markup; X is where the call goes. Each is tried with every call.
var shells = []string{
	`<script>X</script>`,
	`"><script>X</script>`,
	`'><img src=x onerror=X>`,
	`"><svg/onload=X>`,
	`<img src=x onerror="X">`,
	`<svg><animate onbegin=X attributeName=x dur=1s>`,
	`<details open ontoggle=X>`,
	`" autofocus onfocus="X" x="`,
	`' autofocus onfocus='X' x='`,
	`" onmouseover=X style=position:fixed;inset:0 x="`,
	`</textarea><script>X</script>`,
	`</title><script>X</script>`,
	`</script><script>X</script>`,
	`<!--><script>X</script>-->`,
	`]]><script>X</script>`,
	`javascript:X`,
	`JaVa&#9;ScRiPt:X`,
	`data:text/html,<script>X</script>`,
	`<a href="javascript:X">x</a>`,
	`<iframe srcdoc="<script>X</script>">`,
	`<math><mtext></form><form><mglyph><style></math><img src onerror=X>`,
	`<noscript><p title="</noscript><img src=x onerror=X>">`,
	`<input autofocus onfocus=X>`,
	`<video><source onerror=X>`,
	`<body onload=X>`,
	`<base href="javascript:X//">`,
	`<meta http-equiv=refresh content="0;url=javascript:X">`,
	`<object data="javascript:X">`,
	`<x onclick=X tabindex=1 autofocus>`,
	`{{constructor.constructor('X')()}}`,
	`${X}`,
	`https://a.example/"onmouseover="X`,
	`https://a.example/?<svg/onload=X>`,
	`%3Cscript%3EX%3C/script%3E`,
	`&lt;script&gt;X&lt;/script&gt;`,
	"\u202e<script>X</script>",
	`＜script＞X＜/script＞`,
	`<scr<script>ipt>X</scr</script>ipt>`,
	`<IMG """><SCRIPT>X</SCRIPT>">`,
	`"/><form><button formaction=javascript:X autofocus>`,
}

// calls open a dialog.
var calls = []string{`alert(1)`, `confirm(document.domain)`, "prompt`1`"}

// payloads are all shells with all calls: 120.
func payloads() []string {
	var all []string
	for _, shell := range shells {
		for _, call := range calls {
			all = append(all, strings.ReplaceAll(shell, "X", call))
		}
	}
	return all
}
