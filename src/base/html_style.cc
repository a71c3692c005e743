#include "base/html_page.h"

namespace fundi {

const char* const kPageStyle = R"css(
:root{color-scheme:light dark;--bg:#faf9f6;--card:#fff;--ink:#1d2321;--muted:#69736f;--rule:#e4e2dc;
--s1:#0f766e;--s2:#c2610c;--soft:#e2efec;--good:#15803d;--bad:#b42318;--user:#eef1f0}
@media(prefers-color-scheme:dark){:root{--bg:#131716;--card:#1b2120;--ink:#e6ebe9;--muted:#93a09b;
--rule:#2e3735;--s1:#4cc4b4;--s2:#f0a05a;--soft:#1f3431;--good:#5fd38a;--bad:#f58b80;--user:#252c2a}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:1040px;margin:0 auto;padding:40px 24px 72px}
h1{font-size:32px;line-height:1.2;letter-spacing:-.02em;margin:0 0 6px}
h2{font-size:20px;letter-spacing:-.01em;margin:44px 0 14px}
h3{font-size:15px;margin:22px 0 8px}
p{margin:0 0 10px}
.muted{color:var(--muted)}
.lead{font-size:16px;max-width:70ch}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(126px,1fr));gap:12px;margin-top:26px}
.card,.panel{background:var(--card);border:1px solid var(--rule);border-radius:12px}
.card{padding:13px 14px}
.card b{display:block;font-size:24px;line-height:1.25;letter-spacing:-.02em;font-weight:650;
font-variant-numeric:tabular-nums;white-space:nowrap}
.card span{color:var(--muted);font-size:13px}
.card.main{background:var(--soft);border-color:transparent}
.card.main b{color:var(--s1)}
.panel{padding:18px 20px;margin-bottom:14px}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:14px}
.two>*{min-width:0}
figure{margin:0}
figcaption{font-weight:600;font-size:14px;margin-bottom:4px}
svg.plot{width:100%;height:auto;display:block}
svg text{font-size:12px;fill:var(--muted);font-variant-numeric:tabular-nums}
.grid{stroke:var(--rule);stroke-width:1}.axis{stroke:var(--muted);stroke-width:1}
.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.line.s1{stroke:var(--s1)}.line.s2{stroke:var(--s2)}
.dot.s1{fill:var(--s1)}.dot.s2{fill:var(--s2)}
.legend{display:flex;gap:16px;font-size:13px;margin-top:2px}
.legend i{display:inline-block;width:16px;height:3px;border-radius:2px;margin-right:6px;
vertical-align:middle}
i.s1{background:var(--s1)}i.s2{background:var(--s2)}
.bar{display:grid;grid-template-columns:110px 1fr 190px;gap:14px;align-items:center;margin:7px 0}
.bar .track{background:var(--rule);border-radius:6px;height:16px;overflow:hidden}
.bar .fill{height:100%;background:var(--s1);border-radius:6px;min-width:2px}
.bar .fill.s2{background:var(--s2)}
.bar .value{font-variant-numeric:tabular-nums;white-space:nowrap}
.bar .value b{font-weight:650}
table{border-collapse:collapse;width:100%;font-size:14px}
.scroll{overflow-x:auto}
th{text-align:left;color:var(--muted);font-weight:500;font-size:13px}
th,td{padding:6px 14px 6px 0;border-bottom:1px solid var(--rule);vertical-align:top}
tr:last-child td{border-bottom:0}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
code,pre{font:12.5px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
pre{margin:8px 0 0;white-space:pre-wrap;overflow-wrap:anywhere;color:var(--muted)}
td code{overflow-wrap:anywhere}td.nowrap{white-space:nowrap}
.good{color:var(--good)}.bad{color:var(--bad)}
details{margin-top:10px}summary{cursor:pointer;color:var(--muted)}
.chat{display:flex;flex-direction:column;gap:8px;align-items:flex-start}
.said{padding:8px 14px;border-radius:14px;max-width:80%;overflow-wrap:anywhere}
.said.q{align-self:flex-end;background:var(--user);border-bottom-right-radius:4px}
.said.a{background:var(--soft);border-bottom-left-radius:4px}
.said small{display:block;color:var(--muted);font-size:12px}
@media(max-width:640px){.bar{grid-template-columns:80px 1fr}.bar .value{grid-column:2}
main{padding:24px 16px 48px}}
@media print{body{background:#fff}.card,.panel{break-inside:avoid}}
)css";

}  // namespace fundi
