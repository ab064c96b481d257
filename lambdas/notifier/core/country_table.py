"""Countries: code; usual name; every other spelling, as `countries.spelling` makes it.

Written by `toolchain.countries` from Unicode's CLDR, as it comes with Babel 2.18.0:
Copyright 2004-2026 Unicode, Inc., Unicode License v3, https://www.unicode.org/license.txt
"""

# ruff: noqa: E501

TABLE = """
AC;Ascension Island;asc;ascension island
AD;Andorra;and;andorra
AE;United Arab Emirates;are;arab emirates united;uae;emirates;الامارات العربية المتحدة
AF;Afghanistan;afg;afghanistan;افغانستان
AG;Antigua & Barbuda;atg;antigua barbuda
AI;Anguilla;aia;anguilla
AL;Albania;alb;albania;shqiperi
AM;Armenia;arm;armenia;հայաստան
AN;Netherlands Antilles;antilles netherlands;ant
AO;Angola;ago;angola
AQ;Antarctica;ata;antarctica
AR;Argentina;arg;argentina
AS;American Samoa;asm;american samoa
AT;Austria;aut;austria;osterreich
AU;Australia;aus;australia
AW;Aruba;abw;aruba
AX;Åland Islands;ala;aland islands;aland
AZ;Azerbaijan;aze;azerbaijan;azərbaycan;азәрбајҹан
BA;Bosnia & Herzegovina;bih;bosnia herzegovina;bosnia;босна и херцеговина;bosna hercegovina i
BB;Barbados;brb;barbados
BD;Bangladesh;bgd;bangladesh;বলদশ
BE;Belgium;bel;belgium;belgie;belgique;belgien
BF;Burkina Faso;bfa;burkina faso
BG;Bulgaria;bgr;bulgaria;българия
BH;Bahrain;bhr;bahrain;البحرين
BI;Burundi;bdi;burundi;uburundi
BJ;Benin;ben;benin
BL;St. Barthélemy;blm;barthelemy saint
BM;Bermuda;bmu;bermuda
BN;Brunei;brn;brunei;brunei darussalam;بروني
BO;Bolivia;bol;bolivia;bolivia plurinational state
BQ;Caribbean Netherlands;bes;caribbean netherlands;caribisch nederland
BR;Brazil;bra;brazil;brasil
BS;Bahamas;bhs;bahamas
BT;Bhutan;btn;bhutan;འབག
BV;Bouvet Island;bvt;bouvet island
BW;Botswana;bwa;botswana
BY;Belarus;blr;belarus;беларусь
BZ;Belize;blz;belize
CA;Canada;can;canada
CC;Cocos (Keeling) Islands;cck;cocos islands keeling
CD;Congo (Democratic Republic);cod;zar;congo democratic republic;congo kinshasa;drc;congo dr;zaire
CF;Central African Republic;caf;african central republic;beafrika kodorosese ti;centrafricaine republique
CG;Congo (Republic);cog;congo republic;brazzaville congo
CH;Switzerland;che;switzerland;schweiz;schwiiz;suisse;svizzera
CI;Côte d'Ivoire;civ;cote divoire;coast ivory
CK;Cook Islands;cok;cook islands
CL;Chile;chl;chile
CM;Cameroon;cmr;cameroon;cameroun
CN;China;chn;china;china peoples republic;prc;china mainland;中国
CO;Colombia;col;colombia
CP;Clipperton Island;cpt;clipperton island
CR;Costa Rica;cri;costa rica
CU;Cuba;cub;cuba
CV;Cape Verde;cpv;cape verde;cabo verde
CW;Curaçao;cuw;curacao;korsou
CX;Christmas Island;cxr;christmas island
CY;Cyprus;cyp;cyprus;κυπροσ;kibris
CZ;Czechia;cze;czechia;czech republic;cesko
DE;Germany;ddr;deu;germany;deutschland
DG;Diego Garcia;dga;diego garcia
DJ;Djibouti;dji;djibouti;جيبوتي
DK;Denmark;dnk;denmark;danmark
DM;Dominica;dma;dominica
DO;Dominican Republic;dom;dominican republic;dominican rep;dominicana republica
DZ;Algeria;dza;algeria;الجزاير;algerie
EC;Ecuador;ecu;ecuador
EE;Estonia;est;estonia;eesti
EG;Egypt;egy;egypt;مصر
EH;Western Sahara;esh;sahara western;الصحراء الغربية
ER;Eritrea;eri;eritrea;ኤርትራ;اريتريا
ES;Spain;esp;spain;espana
ET;Ethiopia;eth;ethiopia;ኢትዮጵያ
FI;Finland;fin;finland;suomi
FJ;Fiji;fji;fiji
FK;Falkland Islands;flk;falkland islands;falkland islands malvinas;malvinas
FM;Micronesia;fsm;micronesia;federated micronesia states
FO;Faroe Islands;fro;faroe islands;føroyar
FR;France;fra;fxx;france
GA;Gabon;gab;gabon
GB;United Kingdom;gbr;kingdom united;uk;britain great;britain;britain great ireland kingdom northern united
GD;Grenada;grd;grenada
GE;Georgia;geo;georgia;საქართველო
GF;French Guiana;guf;french guiana;francaise guyane
GG;Guernsey;ggy;guernsey
GH;Ghana;gha;ghana
GI;Gibraltar;gib;gibraltar
GL;Greenland;grl;greenland;kalaallit nunaat
GM;Gambia;gmb;gambia
GN;Guinea;gin;guinea;guinee
GP;Guadeloupe;glp;guadeloupe
GQ;Equatorial Guinea;gnq;equatorial guinea;ecuatorial guinea;equatoriale guinee;equatorial guine
GR;Greece;grc;greece;hellas;el;ελλαδα
GS;South Georgia & South Sandwich Islands;sgs;georgia islands sandwich south
GT;Guatemala;gtm;guatemala
GU;Guam;gum;guam
GW;Guinea-Bissau;gnb;bissau guinea;bissau guine
GY;Guyana;guy;guyana
HK;Hong Kong;hkg;hong kong;china hong kong sar;hong kong sar;中國香港特別行政區
HM;Heard & McDonald Islands;hmd;heard islands mcdonald
HN;Honduras;hnd;honduras
HR;Croatia;hrv;croatia;hrvatska
HT;Haiti;hti;haiti
HU;Hungary;hun;hungary;magyarorszag
ID;Indonesia;idn;indonesia
IE;Ireland;irl;ireland;eire
IL;Israel;isr;israel;ישראל;اسراييل
IM;Isle of Man;imn;isle man;ellan vannin
IN;India;ind;india;भरत
IO;British Indian Ocean Territory;iot;british indian ocean territory
IQ;Iraq;irq;iraq;العراق
IR;Iran;irn;iran;iran islamic republic;ایران
IS;Iceland;isl;iceland;island
IT;Italy;ita;italy;italia
JE;Jersey;jey;jersey
JM;Jamaica;jam;jamaica
JO;Jordan;jor;jordan;الاردن
JP;Japan;jpn;japan;日本
KE;Kenya;ken;kenya
KG;Kyrgyzstan;kgz;kyrgyzstan;кыргызстан;киргизия
KH;Cambodia;khm;cambodia;កមពជ
KI;Kiribati;kir;kiribati
KM;Comoros;com;comoros;القمر جزر;comores
KN;St. Kitts & Nevis;kna;kitts nevis saint
KP;North Korea;prk;korea north;democratic korea peoples republic;dprk;북한
KR;South Korea;kor;korea south;korea republic;korea;rok;한국;대한민국
KW;Kuwait;kwt;kuwait;الكويت
KY;Cayman Islands;cym;cayman islands
KZ;Kazakhstan;kaz;kazakhstan;казахстан;қазақстан
LA;Laos;lao;laos;democratic lao peoples republic;lao pdr;ລາວ
LB;Lebanon;lbn;lebanon;لبنان
LC;St. Lucia;lca;lucia saint
LI;Liechtenstein;lie;liechtenstein;liachteschtai
LK;Sri Lanka;lka;lanka sri;ලකව ශර;இலஙக
LR;Liberia;lbr;liberia
LS;Lesotho;lso;lesotho
LT;Lithuania;ltu;lithuania;lietuva
LU;Luxembourg;lux;luxembourg;letzebuerg;luxemburg
LV;Latvia;lva;latvia;latvija
LY;Libya;lby;libya;ليبيا
MA;Morocco;mar;morocco;المغرب;maroc;merruk
MC;Monaco;mco;monaco
MD;Moldova;mda;moldova;moldova republic;moldova republica
ME;Montenegro;mne;montenegro;crna gora
MF;St. Martin;maf;martin saint
MG;Madagascar;mdg;madagascar;madagasikara
MH;Marshall Islands;mhl;islands marshall
MK;North Macedonia;mkd;macedonia north;macedonia;macedonia north republic;македонија северна
ML;Mali;mli;mali
MM;Myanmar;bur;mmr;myanmar;burma myanmar;burma;မနမ
MN;Mongolia;mng;mongolia;монгол
MO;Macao;mac;macao;china macao sar;macau;macao sar;macau sar;中國澳門特別行政區;china da macau rae
MP;Northern Mariana Islands;mnp;islands mariana northern
MQ;Martinique;mtq;martinique
MR;Mauritania;mrt;mauritania;موريتانيا
MS;Montserrat;msr;montserrat
MT;Malta;mlt;malta
MU;Mauritius;mus;mauritius;maurice
MV;Maldives;mdv;maldives;ރއޖ ދވހ
MW;Malawi;mwi;malawi
MX;Mexico;mex;mexico
MY;Malaysia;mys;malaysia
MZ;Mozambique;moz;mozambique;mocambique
NA;Namibia;nam;namibia
NC;New Caledonia;ncl;caledonia new;caledonie nouvelle
NE;Niger;ner;niger
NF;Norfolk Island;nfk;island norfolk
NG;Nigeria;nga;nigeria;naijiria
NI;Nicaragua;nic;nicaragua
NL;Netherlands;nld;netherlands;holland;nederland
NO;Norway;nor;norway;norge;noreg
NP;Nepal;npl;nepal;नपल
NR;Nauru;nru;nauru
NU;Niue;niu;niue
NZ;New Zealand;nzl;new zealand;aotearoa
OM;Oman;omn;oman;عمان
PA;Panama;pan;panama
PE;Peru;per;peru
PF;French Polynesia;pyf;french polynesia;francaise polynesie
PG;Papua New Guinea;png;guinea new papua;niugini papua
PH;Philippines;phl;philippines;pilipinas
PK;Pakistan;pak;pakistan;پاکستان
PL;Poland;pol;poland;polska
PM;St. Pierre & Miquelon;spm;miquelon pierre saint;et miquelon pierre saint
PN;Pitcairn Islands;pcn;islands pitcairn
PR;Puerto Rico;pri;puerto rico
PS;Palestine;pse;palestine;palestinian territories;palestine state;الاراضي الفلسطينية
PT;Portugal;prt;portugal
PW;Palau;plw;palau
PY;Paraguay;pry;paraguay;paraguai
QA;Qatar;qat;qatar;قطر
RE;Réunion;reu;reunion;la reunion
RO;Romania;rou;romania
RS;Serbia;srb;serbia;srbija;србија
RU;Russia;rus;russia;federation russian;россия
RW;Rwanda;rwa;rwanda;rwanda u
SA;Saudi Arabia;sau;arabia saudi;السعودية العربية المملكة
SB;Solomon Islands;slb;islands solomon
SC;Seychelles;syc;seychelles
SD;Sudan;sdn;sudan;السودان
SE;Sweden;swe;sweden;sverige
SG;Singapore;sgp;singapore;新加坡;singapura;சஙகபபர
SH;St. Helena;shn;helena saint
SI;Slovenia;svn;slovenia;slovenija
SJ;Svalbard & Jan Mayen;sjm;jan mayen svalbard;jan mayen og svalbard
SK;Slovakia;svk;slovakia;slovensko
SL;Sierra Leone;sle;leone sierra
SM;San Marino;smr;marino san
SN;Senegal;sen;senegal;senegaal
SO;Somalia;som;somalia;soomaaliya;الصومال
SR;Suriname;sur;suriname
SS;South Sudan;ssd;south sudan
ST;São Tomé & Príncipe;stp;principe sao tome;e principe sao tome
SV;El Salvador;slv;el salvador
SX;Sint Maarten;sxm;maarten sint
SY;Syria;syr;syria;arab republic syrian;سوريا
SZ;Eswatini;swz;eswatini;swaziland
TA;Tristan da Cunha;taa;cunha da tristan
TC;Turks & Caicos Islands;tca;caicos islands turks
TD;Chad;tcd;chad;تشاد;tchad
TF;French Southern Territories;atf;french southern territories
TG;Togo;tgo;togo
TH;Thailand;tha;thailand;ไทย
TJ;Tajikistan;tjk;tajikistan;тоҷикистон
TK;Tokelau;tkl;tokelau
TL;Timor-Leste;tls;tmp;leste timor;east timor
TM;Turkmenistan;tkm;turkmenistan
TN;Tunisia;tun;tunisia;تونس;tunisie
TO;Tonga;ton;tonga
TR;Türkiye;tur;turkiye;turkey
TT;Trinidad & Tobago;tto;tobago trinidad
TV;Tuvalu;tuv;tuvalu
TW;Taiwan;twn;taiwan;china province taiwan;china republic;roc;台灣
TZ;Tanzania;tza;tanzania;republic tanzania united
UA;Ukraine;ukr;ukraine;украіна;украина
UG;Uganda;uga;uganda
UM;U.S. Outlying Islands;umi;islands outlying us
US;United States;usa;states united;america states united;america;america us
UY;Uruguay;ury;uruguay
UZ;Uzbekistan;uzb;uzbekistan;ozbekiston;узбекистон
VA;Vatican City;vat;city vatican;vatican;holy see;citta del vaticano
VC;St. Vincent & Grenadines;vct;grenadines saint vincent
VE;Venezuela;ven;venezuela;bolivarian republic venezuela
VG;British Virgin Islands;vgb;british islands virgin
VI;U.S. Virgin Islands;vir;islands us virgin
VN;Vietnam;vnm;vietnam;nam viet
VU;Vanuatu;vut;vanuatu
WF;Wallis & Futuna;wlf;futuna wallis;et futuna wallis
WS;Samoa;wsm;samoa
XA;Pseudo-Accents;xaa;accents pseudo
XB;Pseudo-Bidi;xbb;bidi pseudo
XK;Kosovo;xkk;kosovo;kosove;косово
YE;Yemen;ymd;yem;yemen;اليمن
YT;Mayotte;myt;mayotte
ZA;South Africa;zaf;africa south
ZM;Zambia;zmb;zambia
ZW;Zimbabwe;zwe;zimbabwe
"""
