"""English words for `detector.training.spin`: what a machine puts in the place of what."""

from __future__ import annotations

from typing import Final

_SYNONYMS = """
say utter,mention | said mentioned,stated,uttered,expressed | says mentions,utters | people individuals,folks,humans
man gentleman,male | woman lady,female | child kid,infant | children youngsters,infants | house residence,dwelling
home residence,abode | big massive,huge,gigantic | small tiny,little,diminutive | new novel,fresh | old aged,antique
good decent,nice | bad terrible,awful | great awesome,terrific | important vital,significant,essential
help assist,aid | helped aided,assisted | make create,produce,fabricate | made created,produced,fabricated
use utilize,employ | used utilized,employed | show exhibit,display | shows exhibits,displays | showed displayed
get acquire,obtain | got acquired,received | give offer,provide | gave offered,supplied | take grab,seize
think suppose,believe | know recognise,realize | want desire,wish | need require,necessitate | work labor,toil
worked labored,toiled | working laboring,toiling | start commence,begin | started commenced,began | end finish,cease
ended ceased,concluded | find discover,uncover | found discovered,unearthed | keep retain,preserve | kept retained
leave abandon,depart | left deserted,departed,abandoned | call summon,name | called summoned,termed | tell inform
told knowledgeable,advised,informed | ask inquire,query | asked inquired,queried | try attempt,endeavor
tried attempted,endeavored | run jog,sprint | running jogging,strolling | play carry,perform | played performed
move shift,transfer | moved shifted,relocated | live reside,dwell | lived resided,dwelt | living residing,dwelling
bring carry,deliver | brought introduced,delivered | happen occur,transpire | happened occurred,transpired
write compose,pen | wrote penned,composed | sit perch,relax | stand rise,arise | lose misplace,forfeit
lost misplaced,forfeited | pay compensate,disburse | meet encounter,fulfill | met encountered,fulfilled
include comprise,encompass | including comprising,together | includes consists,encompasses
continue proceed,persist | continued persevered,endured | set put,positioned | learn study,be_taught
change alter,modify | changed altered | lead guide,direct | led guided,directed | understand comprehend,perceive
watch observe,view | follow comply,pursue | followed adopted,pursued | stop halt,prevent | stopped halted,ceased
create generate,make | speak converse,talk | spoke talked,conversed | read peruse,learn | allow permit,enable
allowed permitted,enabled | add append,insert | added appended,brought | spend expend,invest | grow develop,mature
grew developed,expanded | open unlock,unclose | opened unlocked,unsealed | walk stroll,wander | win triumph,gain
won triumphed,gained | offer supply,present | remember recall,recollect | love adore,cherish
consider contemplate,ponder | appear seem,emerge | buy purchase,procure | wait linger,stay | serve attend,assist
die perish,expire | died perished,expired | send dispatch,transmit | sent dispatched,despatched
expect anticipate,await | expected anticipated,predicted | build assemble,construct | built constructed,assembled
stay remain,linger | fall drop,plummet | fell plunged,dropped | cut slash,minimize | reach attain,arrive
reached attained,arrived | kill slay,murder | killed slain,murdered | remain stay,linger | suggest recommend,counsel
raise elevate,lift | raised elevated,lifted | pass cross,go | sell promote,vend | sold offered,vended
require necessitate,demand | report document,account | reported documented,stated | decide determine,resolve
decided determined,resolved | pull drag,yank | able capable,in_a_position | many numerous,plenty
few handful,couple | first primary,preliminary | last final,closing | long prolonged,lengthy | own personal,private
other different,alternative | right proper,accurate | high excessive,tall | different various | large sizable,giant
next subsequent,following | early premature,initial | young youthful,juvenile | public overt,communal
same identical,similar | best finest,greatest | better superior,higher | sure certain,positive
free gratis,complimentary | hard onerous,laborious | whole entire,complete | clear apparent,lucid
recent latest,current | strong robust,sturdy | possible feasible,attainable | special particular,distinctive
difficult tough,troublesome | simple easy,uncomplicated | easy straightforward,effortless | poor impoverished,needy
happy joyful,glad | serious critical,grave | ready prepared,geared_up | local native,regional | key crucial,pivotal
main foremost,principal | major main,principal | real actual,genuine | hot scorching,sizzling | cold chilly,frosty
full complete,filled | fast quick,speedy | quickly swiftly,rapidly | very extraordinarily,extremely
also moreover,additionally,likewise | just simply,merely | now presently,currently | only solely,merely
well properly,nicely | really actually,truly | still nonetheless,nevertheless | often frequently,usually
always invariably,constantly | never by_no_means | however nonetheless,nevertheless | almost nearly,practically
later afterward,subsequently | already beforehand | year 12_months,annum | years decades,ages | day daytime,period
days instances,periods | week 7_days | month moon | time occasion,period | way manner,approach,method
thing factor,matter | things issues,stuff | world globe,planet | life existence,lifestyles | hand palm,give
part portion,half | place location,spot | case instance,circumstance | week fortnight
company firm,enterprise,corporation | companies corporations,firms | group cluster,bunch
problem difficulty,dilemma | fact reality,truth | money cash,funds | business commerce,enterprise | night evening
area region,zone | water liquid,aqua | job occupation,task | word phrase,time_period | words phrases,utterances
state nation,kingdom | country nation,land | countries nations,lands | government authorities,administration
student pupil,scholar | students pupils,scholars | school faculty,academy | family household,kinfolk
story tale,narrative | book guide,e-book | car vehicle,automobile | cars automobiles,vehicles | city metropolis,town
town township,burg | street avenue,road | team crew,squad | game recreation,sport | games video_games,matches
player participant,performer | players gamers,individuals | friend pal,buddy | friends mates,pals | father dad,daddy
mother mom,mum | power energy,strength | hour time,60_minutes | line strain,queue | member affiliate,component
members contributors,participants | law regulation,legislation | information data,knowledge | food meals,nourishment
answer reply,response | question query,inquiry | questions queries,inquiries | idea thought,concept
body frame,physique | back again,rear | face visage,countenance | level degree,stage | office workplace,bureau
health well-being,fitness | person particular_person,individual | art artwork,craft | war warfare,battle
history historical_past,chronicle | party occasion,celebration | result outcome,consequence
results outcomes,consequences | morning daybreak,forenoon | reason purpose,motive | research analysis,inquiry
moment second,instant | teacher trainer,instructor | education schooling,training | attack assault,onslaught
attacks assaults,strikes | police cops,constabulary | officials authorities,functionaries
official functionary,officer | president chairman,leader | leader chief,head | leaders chiefs,heads
minister clergyman,preacher | court courtroom,tribunal | judge choose,decide | crime offence | death demise,dying
plan scheme,blueprint | plans schemes,blueprints | market bazaar,marketplace | price value,worth
prices costs,values | cost value,expense | costs bills,prices | deal bargain,cut_price | support assist,backing
issue problem,difficulty | issues points,troubles | program programme,scheme | service provider,carrier
services companies,providers | system gadget,device | development improvement,growth | process technique,course_of
project venture,undertaking | technology know-how,expertise | data information,facts | study examine,learn
increase enhance,boost | increased elevated,boosted | decrease lower,reduce | reduce cut_back,lessen
control manage | because since,as_a_result_of | before earlier_than | around round,about | between amongst
during throughout,amid | while whereas,whilst | several a_number_of,various | every each | both each
another one_more | according in_keeping
"""

SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    entry.split()[0]: tuple(word.replace("_", " ") for word in entry.split()[1].split(","))
    for entry in _SYNONYMS.replace("\n", " | ").split("|")
    if len(entry.split()) == 2
}
"""Dictionary synonyms, right somewhere and wrong in most places."""

_FORMS = """
be is was being been | have has had having | do does did doing done | go goes went going gone
take takes took taking taken | make makes made making | come comes came coming | see sees saw seeing seen
give gives gave giving given | get gets got getting gotten | say says said saying | find finds found finding
tell tells told telling | become becomes became becoming | leave leaves left leaving
begin begins began beginning begun | keep keeps kept keeping | hold holds held holding
bring brings brought bringing | write writes wrote writing written | run runs ran running
stand stands stood standing | lose loses lost losing | pay pays paid paying | meet meets met meeting
lead leads led | speak speaks spoke speaking spoken | grow grows grew growing grown | win wins won winning
buy buys bought buying | send sends sent sending | build builds built building | fall falls fell falling fallen
know knows knew knowing known | think thinks thought thinking | feel feels felt feeling
show shows showed showing shown | mean means meant meaning | spend spends spent spending | sell sells sold selling
break breaks broke breaking broken | drive drives drove driven | draw draws drew drawing drawn
choose chooses chose choosing chosen | rise rises rose rising risen | eat eats ate eating
wear wears wore wearing worn | fight fights fought fighting | catch catches caught catching | teach teaches taught
seek seeks sought seeking | sit sits sat sitting | lie lies lay lying | fly flies flew flying flown
sing sings sang | will would | can could | may might | shall should
"""


def _other_forms() -> dict[str, tuple[str, ...]]:
    rows = [entry.split() for entry in _FORMS.replace("\n", " | ").split("|") if entry.strip()]
    return {form: tuple(other for other in row if other != form) for row in rows for form in row}


TENSE: Final = _other_forms()
"""Each form of common verbs that have forms of their own, with the others."""

BASE_OF: Final = {
    "announced": "announce", "released": "release", "received": "receive", "moved": "move", "decided": "decide",
    "included": "include", "increased": "increase", "raised": "raise", "caused": "cause", "closed": "close",
    "described": "describe", "noted": "note", "served": "serve", "shared": "share", "stopped": "stop", "tried": "try",
    "carried": "carry", "planned": "plan", "based": "base", "created": "create", "argued": "argue", "issued": "issue",
}  # fmt: skip
"""Where the base of a past tense is not what stands before its "ed"."""

_PAIRS = "is are,was were,has have,does do,this these,that those,a some,an many,he they,she they,his their,it they,me i"
AGREEMENT: Final[dict[str, str]] = {
    left: right
    for pair in _PAIRS.split(",")
    for left, right in (pair.split(), pair.split()[::-1])
}  # fmt: skip
"""Words of one number or person by those of the other."""

DETERMINERS: Final = frozenset(("a", "an", "the", "his", "her", "its", "their", "this", "that"))
PREPOSITIONS: Final = frozenset(
    ("of", "in", "to", "for", "on", "at", "by", "with", "from", "about", "into", "over", "after", "under", "between")
)

_SWAPS = """
a the,one | an the,one | the a,that | of from,by,in | in at,on,to | on at,in,over | at in,by,on | to for,at,until
for to,of,during | from of,since | with by,along,together | by from,with,of | about over,on | into in,inside
as like,how | that which,what | which that,what | who which,that | but however,yet | and as_well_as,also
or either,and | if when | when if,as | than as,from | not no,don't | no not | there it | it this,that
its his,their | their his,its | they these,he | he it,this | she he,it | we us,they | his its,him | has is,had
have are,be | is has,be | are have,is | was has,is | were was,have | will shall,is | would will,had | can may,is
could can,may | after behind,since | before until,in_front_of | over above,on | under below,beneath
through across,by | more most,much | most more,very | some any,a | any some,all | all every,whole | so thus,such
then so,that_time | where which,there | up on,above | out outside,from | off from,away | only just,alone
even also,still | such so,this | other else,another | what which,that
"""

FUNCTION_SWAPS: Final[dict[str, tuple[str, ...]]] = {
    entry.split()[0]: tuple(word.replace("_", " ") for word in entry.split()[1].split(","))
    for entry in _SWAPS.replace("\n", " | ").split("|")
    if len(entry.split()) == 2
}
"""Function words by what a dictionary of another language would lead back to."""
